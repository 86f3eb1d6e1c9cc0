/**
 * Commands such as `causeway user add` reach a running workspace through a socket in its data folder, because
 * only one process may use the data. Whoever can open the socket could read the data as well, so there is no
 * password.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type Log, MatrixError } from '@causeway/homeserver';
import { StartupError } from '../startup-error.ts';
import { type ControlCommand, type ControlTarget, runControlCommand } from './control-command.ts';

/** Longest path that a Unix socket can have on Linux. */
const MAX_SOCKET_PATH = 107;

const MAX_BODY_BYTES = 65_536;

/** Starts to listen. A folder whose path is too long for a socket goes without, with a warning. */
export const listenForControl = async (
  path: string,
  target: () => ControlTarget | undefined,
  log: Log,
): Promise<Disposable> => {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    log.warn('commands cannot reach this process: the path of the data folder is too long for a socket', {
      path,
    });
    return { [Symbol.dispose]: () => {} };
  }
  // We hold the folder's lock, so a socket that is there was left behind.
  rmSync(path, { force: true });
  const server = createServer((request, response) => {
    answer(request, target()).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => {
        log.error('control command failed', error);
        response.end(JSON.stringify({ error: 'Something went wrong; see the log of the running server.' }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  server.unref();
  return {
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

export type ControlAnswer = { readonly output: string } | { readonly error: string };

const answer = async (
  request: IncomingMessage,
  target: ControlTarget | undefined,
): Promise<ControlAnswer> => {
  if (target === undefined) return { error: 'This workspace is not set up yet. Open its set-up page first.' };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return { error: 'The command is too long.' };
    chunks.push(chunk);
  }
  // Both ends are this program, possibly in two versions: what is unknown is refused by the command itself.
  const command = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ControlCommand;
  try {
    return { output: await runControlCommand(target, command) };
  } catch (error) {
    if (error instanceof MatrixError || error instanceof StartupError) return { error: error.message };
    throw error;
  }
};
