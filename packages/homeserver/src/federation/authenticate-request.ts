/** Who sent a federation request. @see https://spec.matrix.org/v1.19/server-server-api/#request-authentication */
import { type JsonValue, parseXMatrix, type ServerName, verifyRequest } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, MatrixError } from '../matrix-error.ts';

/** A request of another server, as far as its signature covers it. */
export type IncomingRequest = {
  readonly method: string;
  /** Path and query exactly as received. */
  readonly uri: string;
  readonly authorization: readonly string[];
  /** The parsed body; undefined when there is none. */
  readonly content: JsonValue | undefined;
  /** The body as received; undefined when there is none. */
  readonly contentText: string | undefined;
};

const unauthorized = (reason: string) => new MatrixError('M_UNAUTHORIZED', reason);

/** Returns the origin. Refuses with M_UNAUTHORIZED, or with M_FORBIDDEN when policy says so. */
export const authenticateRequest = async (engine: Engine, request: IncomingRequest): Promise<ServerName> => {
  const headers = request.authorization.map(parseXMatrix);
  const [header] = headers;
  if (header === undefined) throw unauthorized('This request needs an X-Matrix Authorization header.');
  for (const other of headers) {
    if (other?.origin !== header.origin)
      throw unauthorized('The Authorization headers name several servers.');
  }
  if (header.destination !== undefined && header.destination !== engine.serverName) {
    throw unauthorized(`This request is meant for ${header.destination}; this is ${engine.serverName}.`);
  }
  // Before the key is asked for: a server that we do not talk with hears nothing from us either.
  const allowed = await engine.policy.ask({
    kind: 'exchange',
    server: header.origin,
    direction: 'inbound',
    request: {
      path: request.uri,
      ...(request.content === undefined ? {} : { body: request.content }),
    },
  });
  if (!allowed.allowed) throw forbidden(allowed.reason);
  const key = await engine.keys.get({
    server: header.origin,
    keyId: header.keyId,
    use: { kind: 'request' },
  });
  if (key === undefined) {
    throw unauthorized(`The key ${header.keyId} of ${header.origin} can't be had or is not valid now.`);
  }
  const signed = verifyRequest(
    header,
    {
      method: request.method,
      uri: request.uri,
      destination: engine.serverName,
      ...(request.content === undefined ? {} : { content: request.content }),
      ...(request.contentText === undefined ? {} : { contentText: request.contentText }),
    },
    key,
  );
  if (!signed) throw unauthorized(`The signature of ${header.origin} is wrong.`);
  engine.outbound.serverIsUp(header.origin);
  engine.leaves.serverIsUp(header.origin);
  engine.boundInvites.serverIsUp(header.origin);
  engine.catchUp.serverIsUp(header.origin);
  engine.lists.serverIsUp(header.origin);
  engine.incomplete.serverIsUp(header.origin);
  return header.origin;
};
