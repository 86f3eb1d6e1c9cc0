import type { Readable } from 'node:stream';
import type { ConnectionPools } from './connection-pools.ts';
import { EgressError } from './egress-error.ts';
import type { Destination } from './open-connection.ts';

export type OutgoingRequest = {
  readonly destination: Destination;
  readonly hostHeader: string;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | undefined;
  readonly maxBytes: number;
};

export type IncomingResponse = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Readable;
};

/** Sends a request over a kept-alive or a new connection; fulfilled with the headers of the answer. */
export const sendRequest = async (
  pools: ConnectionPools,
  request: OutgoingRequest,
  signal: AbortSignal,
): Promise<IncomingResponse> => {
  try {
    return await sendOnce(pools, request, signal);
  } catch (error) {
    // The other side may close a kept-alive connection just when it is used again.
    const isRepeatable = request.method !== 'POST' && isClosedConnection(error);
    if (!isRepeatable || signal.aborted) throw error;
    return await sendOnce(pools, request, signal);
  }
};

const sendOnce = async (
  pools: ConnectionPools,
  request: OutgoingRequest,
  signal: AbortSignal,
): Promise<IncomingResponse> => {
  const { statusCode, headers, body } = await pools.get(request.destination).request({
    method: request.method,
    path: request.path,
    headers: {
      ...request.headers,
      host: request.hostHeader,
      // Nothing is unpacked here, so an answer is never larger than its bytes.
      'accept-encoding': 'identity',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: request.body ?? null,
    signal,
  });
  // An error of a body that nobody reads any more would end the process.
  body.on('error', () => {});
  const response = { status: statusCode, headers: joinRepeated(headers), body };
  const refusal = refuse(response, request);
  if (refusal === undefined) return response;
  body.destroy();
  throw refusal;
};

const refuse = ({ headers }: IncomingResponse, request: OutgoingRequest): EgressError | undefined => {
  const { label } = request.destination;
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    return new EgressError(
      'refused-by-policy',
      `${label} sent a packed answer (${encoding}) that was not asked for`,
    );
  }
  if (Number(headers['content-length'] ?? 0) > request.maxBytes) {
    return new EgressError('too-large', `the answer of ${label} has more than ${request.maxBytes} bytes`);
  }
  return undefined;
};

const joinRepeated = (headers: {
  readonly [name: string]: string | string[] | undefined;
}): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );

const isClosedConnection = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET');
