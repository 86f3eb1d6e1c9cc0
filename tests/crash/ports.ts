/** Ports that stay ours while their process is down. */
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to outgoing connections: one of those could take the port of a process
 * between its end and its restart.
 */
const FIRST = 20_000;
const LAST = 32_000;

/** Finds as many ports that nobody listens on. */
export const findPorts = async (count: number): Promise<readonly number[]> => {
  const found: number[] = [];
  for (let port = FIRST + ((process.pid * 16) % (LAST - FIRST)); found.length < count; port++) {
    if (port >= LAST) port = FIRST;
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
