/** Requests to other servers, signed as ours. @see https://spec.matrix.org/v1.19/server-server-api/#request-authentication */
import {
  lenientCanonicalJson,
  isJsonObject,
  type JsonObject,
  parseJson,
  type ServerName,
  signRequest,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError, unreachable } from '../matrix-error.ts';
import { TransportBodyError, type TransportRequest } from './transport.ts';

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
  /** No usable answer: unreachable, timed out, not JSON (then with its status). `reason` names the server. */
  | { readonly kind: 'failed'; readonly reason: string; readonly status?: number };

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
/** Below this is every answer that is read whole: 100 events of 64 KiB, and little more. What can be larger is streamed. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** A refusal is a sentence. */
const MAX_ERROR_BYTES = 64 * 1024;

export const requestRemote = async (engine: Engine, request: RemoteRequest): Promise<RemoteAnswer> => {
  const signed = await sign(engine, request);
  if (signed.kind === 'failed') return signed;
  const answer = await engine.transport.request(signed.request);
  if (answer.kind === 'failed') return { kind: 'failed', reason: answer.reason };
  return readAnswer(request.destination, answer.status, answer.body);
};

export type RemoteStream =
  | { readonly kind: 'ok'; readonly body: AsyncIterable<Uint8Array> }
  | Exclude<RemoteAnswer, { readonly kind: 'ok' }>;

/**
 * For answers that are too large to be read at once. `timeoutMs` is for the beginning of the answer and then
 * for each pause in it; reading the body throws a `TransportBodyError` when it breaks off.
 */
export const streamRemote = async (engine: Engine, request: RemoteRequest): Promise<RemoteStream> => {
  const signed = await sign(engine, request);
  if (signed.kind === 'failed') return signed;
  const answer = await engine.transport.stream(signed.request);
  if (answer.kind === 'failed') return { kind: 'failed', reason: answer.reason };
  if (answer.status === 200) return { kind: 'ok', body: answer.body };
  const refusal = readAnswer(request.destination, answer.status, await beginningOf(answer.body));
  return refusal.kind === 'ok' ? unusable(request.destination, answer.status) : refusal;
};

type SignedRequest =
  | { readonly kind: 'signed'; readonly request: TransportRequest }
  | { readonly kind: 'failed'; readonly reason: string };

const sign = async (engine: Engine, request: RemoteRequest): Promise<SignedRequest> => {
  const { destination, method, path } = request;
  const bodyText = request.bodyText ?? (request.body && lenientCanonicalJson(request.body));
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
  return {
    kind: 'signed',
    request: {
      destination,
      method,
      path,
      headers: { authorization },
      ...(bodyText === undefined ? {} : { body: bodyText }),
      timeoutMs: request.timeoutMs ?? INTERACTIVE_TIMEOUT_MS,
      maxBytes: request.maxBytes ?? MAX_ANSWER_BYTES,
      signal: request.signal ? AbortSignal.any([request.signal, engine.signal]) : engine.signal,
    },
  };
};

/** Enough of a body to read an error from; nothing where it breaks off. */
const beginningOf = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > MAX_ERROR_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof TransportBodyError)) throw error;
  }
  return Buffer.concat(chunks);
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
  return unusable(destination, status);
};

const unusable = (destination: string, status: number) =>
  ({
    kind: 'failed',
    status,
    reason: `${destination} gave an answer that can't be used (status ${status}).`,
  }) as const;

/** The answer's body; throws for the person who asked when there is none. */
export const bodyOrThrow = (destination: string, answer: RemoteAnswer): JsonObject => {
  if (answer.kind === 'ok') return answer.body;
  throw refusalOf(destination, answer);
};

/** For the person who asked: why there is no answer. */
export const refusalOf = (
  destination: string,
  answer: Exclude<RemoteAnswer, { readonly kind: 'ok' }>,
): MatrixError => {
  if (answer.kind === 'failed') return unreachable(answer.reason);
  const errcode = answer.errcode.startsWith('M_') ? answer.errcode : 'M_UNKNOWN';
  return new MatrixError(errcode, `${destination} refused: ${answer.error}`);
};

/** A path with its variable parts percent-encoded. */
export const path = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.reduce((text, part, index) => `${text}${encodeURIComponent(values[index - 1] ?? '')}${part}`);
