/**
 * Looks at every response of ours that tests of this process ask for. What is found is told when somebody takes
 * it: a fault of an answer to another server would be lost in that server's error handling.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HttpApp, HttpRoute } from '@causeway/http';
import type { Definitions } from './definitions.ts';
import type { ResponseValidator, SeenResponse } from './response-validator.ts';

/**
 * The file that has the definitions as JSON. Where it is not set, nothing is looked at. Not one of ours: a Causeway
 * process refuses what it does not know of those.
 */
export const DEFINITIONS_VARIABLE = 'MATRIX_OPENAPI_DEFINITIONS';

/** How often an operation was answered. */
export type Answered = {
  /** With a status below 400. */
  readonly accepted: number;
  readonly refused: number;
};

export type Tally = {
  /** Responses as the specification has them, by operation: `GET /_matrix/client/v3/sync`. */
  readonly validated: { readonly [operation: string]: Answered };
  /** Responses as an exception has them; those of no operation under an empty name. */
  readonly excepted: { readonly [operation: string]: Answered };
  /** What the watched apps answer, as in `GET /_matrix/client/v3/rooms/:roomId/state`. */
  readonly routes: readonly string[];
  readonly unknown: number;
  /** What nobody has taken. */
  readonly faults: readonly string[];
};

const state = {
  validator: undefined as Promise<ResponseValidator> | undefined,
  validated: new Map<string, Answered>(),
  excepted: new Map<string, Answered>(),
  routes: new Set<string>(),
  unknown: 0,
  faults: [] as string[],
};

const loadValidator = async (file: string): Promise<ResponseValidator> => {
  const { createResponseValidator } = await import('./response-validator.ts');
  const definitions: Definitions = JSON.parse(readFileSync(file, 'utf8'));
  return createResponseValidator(definitions);
};

/** Validates one response, if there is something to validate it with. */
export const noteResponse = async (seen: SeenResponse): Promise<void> => {
  const file = process.env[DEFINITIONS_VARIABLE];
  if (file === undefined || !isMatrix(seen)) return;
  state.validator ??= loadValidator(file);
  const verdict = (await state.validator)(seen);
  if (verdict.kind === 'unknown') state.unknown += 1;
  else if (verdict.kind === 'valid' || verdict.kind === 'excepted') {
    const { kind, operation } = verdict;
    const counts = kind === 'valid' ? state.validated : state.excepted;
    const name = operation === undefined ? '' : `${operation.method} ${operation.path}`;
    counts.set(name, counted(counts.get(name), seen.status));
  } else {
    state.faults.push(
      `${seen.method} ${seen.url} was answered ${seen.status}:\n  ${verdict.faults.join('\n  ')}`,
    );
  }
};

const FIRST_REFUSAL = 400;

const counted = (before: Answered | undefined, status: number): Answered => {
  const { accepted, refused } = before ?? { accepted: 0, refused: 0 };
  return status < FIRST_REFUSAL ? { accepted: accepted + 1, refused } : { accepted, refused: refused + 1 };
};

const isMatrix = ({ method, url }: SeenResponse): boolean =>
  ['GET', 'PUT', 'POST', 'DELETE'].includes(method) &&
  /^\/(?:_matrix\/(?:client|federation|key|media)|\.well-known\/matrix)\//.test(url);

/** The same app with these routes; what it answers is validated. */
export const watchedApp = (app: HttpApp, routes: readonly HttpRoute[]): HttpApp => {
  for (const { method, paths } of routes) for (const path of paths) state.routes.add(`${method} ${path}`);
  return {
    handle: app.handle,
    inject: async (request) => {
      const answer = await app.inject(request);
      const contentType = answer.headers['content-type'];
      await noteResponse({
        method: request.method,
        url: request.url,
        status: answer.status,
        contentType: typeof contentType === 'string' ? contentType : undefined,
        body: answer.bytes,
      });
      return answer;
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
};

/** The faults since the last time. */
export const takeFaults = (): readonly string[] => state.faults.splice(0);

/** Writes down beside the definitions what this process has seen, for the end of the whole run. */
export const keepTally = (): void => {
  const definitions = process.env[DEFINITIONS_VARIABLE];
  if (definitions === undefined) return;
  const tally: Tally = {
    validated: Object.fromEntries(state.validated),
    excepted: Object.fromEntries(state.excepted),
    routes: [...state.routes],
    unknown: state.unknown,
    faults: state.faults,
  };
  writeFileSync(join(dirname(definitions), `tally-${randomUUID()}.json`), JSON.stringify(tally));
};
