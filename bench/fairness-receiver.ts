/**
 * The destinations of `fairness.ts`: a process of its own that takes transactions over TLS. Those of the second port can
 * be made black holes: connections break off, and new ones are taken and never answered.
 */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export type ToReceiver =
  | { readonly kind: 'listen'; readonly cert: string; readonly key: string }
  | { readonly kind: 'swallow'; readonly swallow: boolean }
  /** When each of these servers got this message. */
  | { readonly kind: 'arrivals'; readonly message: string };

/** Milliseconds since the epoch, by server name. */
export type Arrivals = ReadonlyMap<string, number>;

export type FromReceiver =
  | { readonly kind: 'listening'; readonly ports: readonly [number, number] }
  | { readonly kind: 'done' }
  | { readonly kind: 'arrivals'; readonly arrivals: Arrivals };

const tell = (message: FromReceiver) => process.send?.(message);

const arrived = new Map<string, Map<string, number>>();
const open = new Set<Socket>();
let swallows = false;

const note = (server: string, body: string): void => {
  const now = performance.timeOrigin + performance.now();
  const { pdus } = JSON.parse(body) as { readonly pdus?: readonly { readonly content: { body?: string } }[] };
  for (const { content } of pdus ?? []) {
    if (content.body === undefined) continue;
    const of = arrived.get(content.body) ?? new Map<string, number>();
    arrived.set(content.body, of);
    // What is sent again arrived the first time.
    if (!of.has(server)) of.set(server, now);
  }
};

const listen = async (cert: string, key: string): Promise<readonly [number, number]> => {
  const https = createHttpsServer({ cert, key, keepAliveTimeout: 120_000 }, (request, response) => {
    void text(request).then((body) => {
      note(request.headers.host ?? '', body);
      response.setHeader('content-type', 'application/json');
      response.end('{"pdus":{}}');
    });
  });
  https.on('tlsClientError', () => {});
  const reachable = createServer((socket) => https.emit('connection', socket));
  const swallowing = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    if (!swallows) https.emit('connection', socket);
  });
  return [await portOf(reachable), await portOf(swallowing)];
};

const portOf = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it has no port');
  return address.port;
};

const answer = async (message: ToReceiver): Promise<FromReceiver> => {
  if (message.kind === 'listen') {
    return { kind: 'listening', ports: await listen(message.cert, message.key) };
  }
  if (message.kind === 'arrivals') {
    return { kind: 'arrivals', arrivals: arrived.get(message.message) ?? new Map() };
  }
  swallows = message.swallow;
  for (const socket of open) socket.destroy();
  return { kind: 'done' };
};

process.on('message', (message: ToReceiver) => {
  answer(message).then(tell, (error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.once('disconnect', () => process.exit(0));
