import { parseServerName } from '@causeway/protocol';
import type { Policy } from '../ports.ts';
import type { FederationTransport, TransportFailure, TransportRequest } from './transport.ts';

/** A transport that asks the host's policy before anything leaves: also for keys, whose requests are not signed. */
export const guardedTransport = (transport: FederationTransport, policy: Policy): FederationTransport => {
  const refusal = async ({ destination, path }: TransportRequest): Promise<TransportFailure | undefined> => {
    const server = parseServerName(destination);
    if (server === undefined) return refused(`${destination} is not a server name.`);
    const answer = await policy.ask({ kind: 'exchange', server, direction: 'outbound', request: { path } });
    return answer.allowed ? undefined : refused(answer.reason);
  };
  return {
    request: async (request) => (await refusal(request)) ?? transport.request(request),
    stream: async (request) => (await refusal(request)) ?? transport.stream(request),
    // The address was named by a server that policy had let through a moment before.
    streamUrl: (request) => transport.streamUrl(request),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
};

const refused = (reason: string): TransportFailure => ({ kind: 'failed', code: 'refused-by-policy', reason });
