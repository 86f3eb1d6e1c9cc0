/** Operations of the server-server API: every one but a few knows which server asks. */
import { Readable } from 'node:stream';
import { authenticateRequest, type Engine, MatrixError } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, type JsonValue, type ServerName } from '@causeway/protocol';
import { Answer, type HttpRequest, type HttpRoute, type Method } from '../route.ts';

/** Made ahead of what the connection takes. */
const PIECE_BYTES = 256 * 1024;

/** Bound to an engine when the routes are put together. */
export type FederationRoute = (engine: Engine) => HttpRoute;

export type FederationCall = {
  readonly engine: Engine;
  readonly request: HttpRequest;
  /** The server that signed the request. */
  readonly origin: ServerName;
  /** The parsed body; undefined when there is none. */
  readonly content: JsonValue | undefined;
};

type Options = Pick<HttpRoute, 'maxBodyBytes'>;

/** An operation for servers that sign their request. */
export const signedRoute =
  (
    method: Method,
    paths: readonly string[],
    handle: (call: FederationCall) => Promise<object>,
    options: Options = {},
  ): FederationRoute =>
  (engine) => ({
    method,
    paths,
    ...options,
    handle: async (request) => {
      const content = request.json();
      const { uri, authorization } = request;
      const origin = await authenticateRequest(engine, {
        method: request.method,
        uri,
        authorization,
        content,
        contentText: content === undefined ? undefined : Buffer.from(request.body).toString(),
      });
      return handle({ engine, request, origin, content });
    },
  });

/** An operation for everybody. */
export const openRoute =
  (
    method: Method,
    paths: readonly string[],
    handle: (call: { readonly engine: Engine; readonly request: HttpRequest }) => Promise<object>,
    options: Options = {},
  ): FederationRoute =>
  (engine) => ({ method, paths, ...options, handle: (request) => handle({ engine, request }) });

/** The body as an object. @throws M_BAD_JSON */
export const objectOf = (content: JsonValue | undefined): JsonObject => {
  if (!isJsonObject(content)) throw new MatrixError('M_BAD_JSON', 'The request body must be a JSON object.');
  return content;
};

/** A query parameter. @throws M_MISSING_PARAM */
export const required = (request: HttpRequest, name: string): string => {
  const value = request.query.get(name);
  if (value === null) throw new MatrixError('M_MISSING_PARAM', `The query parameter ${name} is missing.`);
  return value;
};

/** A number of the query, or the default when it is absent or not a number. */
export const numberOf = (request: HttpRequest, name: string, fallback: number): number => {
  const value = Number(request.query.get(name) ?? fallback);
  return Number.isSafeInteger(value) ? value : fallback;
};

/** An answer whose JSON is written as it is made. Should it break off, so does the connection. */
export const inPieces = (pieces: AsyncIterable<string>): Answer =>
  new Answer(200, Readable.from(pieces, { objectMode: false, highWaterMark: PIECE_BYTES }), {
    'content-type': 'application/json',
  });
