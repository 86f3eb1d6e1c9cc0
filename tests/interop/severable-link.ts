/** The way from one server to another, as a listener that passes bytes on; it can be cut and mended. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type SeverableLink = AsyncDisposable & {
  /** What to connect to, in place of the other server. */
  readonly address: string;
  /** Ends what is connected, and every connection that is tried from now on. */
  sever(): void;
  mend(): void;
};

/** `port`: where it listens; any free one when it is left out. `to`: the port of the server. */
export const openLink = async ({ port = 0, to }: { port?: number; to: number }): Promise<SeverableLink> => {
  const open = new Set<Socket>();
  let isSevered = false;
  const keep = (socket: Socket, other: Socket) => {
    open.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      open.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((incoming) => {
    if (isSevered) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(to, '127.0.0.1');
    keep(incoming, outgoing);
    keep(outgoing, incoming);
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const destroyAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sever: () => {
      isSevered = true;
      destroyAll();
    },
    mend: () => {
      isSevered = false;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      destroyAll();
      await closed;
    },
  };
};
