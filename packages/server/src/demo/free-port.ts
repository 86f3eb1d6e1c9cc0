import { type AddressInfo, createServer } from 'node:net';

/** The wanted port when nobody listens there, or else one that the system chooses. */
export const freePort = async (wanted = 0): Promise<number> =>
  (await tryPort(wanted)) ?? (await tryPort(0)) ?? 0;

const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port }, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
