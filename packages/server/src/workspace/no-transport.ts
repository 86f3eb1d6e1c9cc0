import type { FederationTransport, TransportFailure } from '@causeway/homeserver';

const refused: TransportFailure = {
  kind: 'failed',
  code: 'refused-by-policy',
  reason: 'this workspace is a trial named localhost and reaches no other server',
};

/** The way out of a trial: there is none. */
export const noTransport: FederationTransport = {
  request: async () => refused,
  stream: async () => refused,
  streamUrl: async () => refused,
  [Symbol.asyncDispose]: async () => {},
};
