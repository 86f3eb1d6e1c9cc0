/** Requests to other servers, signed as ours. @see https://spec.matrix.org/v1.19/server-server-api/#request-authentication */
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  parseJson,
  type ServerName,
  signRequest,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError, unreachable } from '../matrix-error.ts';

export type RemoteAnswer =
  | { readonly kind: 'ok'; readonly body: JsonObject }
  /** The server answered, and said no. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly errcode: string;
      readonly error: string;
      readonly body: JsonObject;
    }
  /** No usable answer: unreachable, timed out, not JSON. `reason` names the server. */
  | { readonly kind: 'failed'; readonly reason: string };

export type RemoteRequest = {
  readonly destination: ServerName;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly body?: JsonObject;
  /** In place of `body`: canonical JSON that is already written. */
  readonly bodyText?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
};

/** What a person waits for: an invitation or a join answers, or fails, within this. */
const INTERACTIVE_TIMEOUT_MS = 12_000;
/** 50 PDUs of 64 KiB and 100 EDUs are below this; so are answers with room state, up to large rooms. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export const requestRemote = async (engine: Engine, request: RemoteRequest): Promise<RemoteAnswer> => {
  const { destination, method, path } = request;
  const bodyText = request.bodyText ?? (request.body && canonicalJson(request.body));
  const allowed = await engine.policy.ask({ kind: 'exchange', server: destination, direction: 'outbound' });
  if (!allowed.allowed) return { kind: 'failed', reason: allowed.reason };
  const authorization = signRequest(
    {
      method,
      uri: path,
      origin: engine.serverName,
      destination,
      ...(bodyText === undefined ? {} : { canonicalContent: bodyText }),
    },
    engine.signingKey,
  );
  const answer = await engine.transport.request({
    destination,
    method,
    path,
    headers: { authorization },
    ...(bodyText === undefined ? {} : { body: bodyText }),
    timeoutMs: request.timeoutMs ?? INTERACTIVE_TIMEOUT_MS,
    maxBytes: request.maxBytes ?? MAX_ANSWER_BYTES,
    signal: request.signal ? AbortSignal.any([request.signal, engine.signal]) : engine.signal,
  });
  if (answer.kind === 'failed') return { kind: 'failed', reason: answer.reason };
  return readAnswer(destination, answer.status, answer.body);
};

const readAnswer = (destination: string, status: number, bytes: Uint8Array): RemoteAnswer => {
  const parsed = parseJson(bytes);
  // Legacy v1 endpoints answer [200, {...}].
  const value = parsed.ok && Array.isArray(parsed.value) ? parsed.value[1] : parsed.ok && parsed.value;
  const body = value !== false && isJsonObject(value) ? value : undefined;
  if (status === 200 && body !== undefined) return { kind: 'ok', body };
  if (body !== undefined && typeof body['errcode'] === 'string') {
    const error = typeof body['error'] === 'string' ? body['error'] : `${destination} answered ${status}`;
    return { kind: 'refused', status, errcode: body['errcode'], error, body };
  }
  if (status >= 400 && status < 500) {
    return {
      kind: 'refused',
      status,
      errcode: 'M_UNKNOWN',
      error: `${destination} answered ${status}`,
      body: {},
    };
  }
  return { kind: 'failed', reason: `${destination} gave an answer that can't be used (status ${status}).` };
};

/** The answer's body; throws for the person who asked when there is none. */
export const bodyOrThrow = (destination: string, answer: RemoteAnswer): JsonObject => {
  if (answer.kind === 'ok') return answer.body;
  if (answer.kind === 'failed') throw unreachable(answer.reason);
  throw new MatrixError(
    answer.errcode.startsWith('M_') ? answer.errcode : 'M_UNKNOWN',
    `${destination} refused: ${answer.error}`,
  );
};

/** A path with its variable parts percent-encoded. */
export const path = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.reduce((text, part, index) => `${text}${encodeURIComponent(values[index - 1] ?? '')}${part}`);
