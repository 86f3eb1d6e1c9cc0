import type { FederationTransport } from '@causeway/homeserver';
import type { ClientServer } from './client-server.ts';

/** Delivers requests to another server in this process, cut into small pieces; `urls` is what is elsewhere. */
export const transportTo = (
  servers: ReadonlyMap<string, () => ClientServer>,
  urls: ReadonlyMap<string, Uint8Array> = new Map(),
  isUnknown: (path: string) => boolean = () => false,
): FederationTransport => {
  const inject = async (request: Parameters<FederationTransport['stream']>[0]) => {
    const server = servers.get(request.destination)?.();
    if (server === undefined) {
      return { kind: 'failed', code: 'unreachable', reason: 'There is no such server.' } as const;
    }
    const { method, path, headers } = request;
    const answer = await server.app.inject({
      method,
      url: isUnknown(path) ? '/_matrix/federation/v0/unknown' : path,
      ...(headers === undefined ? {} : { headers: { ...headers, host: request.destination } }),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const names = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
    return {
      kind: 'response',
      status: answer.status,
      headers: Object.fromEntries(names),
      body: answer.bytes,
    } as const;
  };
  async function* pieces(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }
  return {
    request: inject,
    streamUrl: async ({ url }) => {
      const bytes = urls.get(url);
      if (bytes === undefined) return { kind: 'failed', code: 'unreachable', reason: 'It is not there.' };
      return { kind: 'response', status: 200, headers: { 'content-type': 'image/png' }, body: pieces(bytes) };
    },
    stream: async (request) => {
      const answer = await inject(request);
      return answer.kind === 'failed' ? answer : { ...answer, body: pieces(answer.body) };
    },
    [Symbol.asyncDispose]: async () => {},
  };
};
