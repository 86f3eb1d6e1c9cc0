/** Ports that stay ours while their process is down. */
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to outgoing connections: one of those could take the port of a process
 * between its end and its restart.
 */
const FIRST = 20_000;
const LAST = 32_000;

/** Goes on where it stopped: what was given away may not be listened on yet. */
let next = FIRST + ((process.pid * 16) % (LAST - FIRST));

/** Finds as many ports that nobody listens on, others each time. */
export const findPorts = async (count: number): Promise<readonly number[]> => {
  const found: number[] = [];
  while (found.length < count) {
    const port = next;
    next = port + 1 < LAST ? port + 1 : FIRST;
    if (await isFree(port)) found.push(port);
  }
  return found;
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
