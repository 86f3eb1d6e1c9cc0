/** `causeway serve` from its sources, as a process of its own. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findPorts } from '../tests/processes/ports.ts';

const LOOK_EVERY_MS = 3;
const LONGEST_START_MS = 20_000;

const main = resolve(import.meta.dirname, '../packages/server/src/main.ts');
const serveArguments = ['--conditions=@causeway/source', main, 'serve'];

export interface ServedWorkspace extends AsyncDisposable {
  readonly url: string;
  readonly pid: number | undefined;
  /** From starting Node to the first answer of `/health/ready`. */
  readonly seconds: number;
}

type Served = {
  readonly dataFolder: string;
  /** Where the process runs and keeps its compile cache. */
  readonly folder: string;
  readonly serverName: string;
  /** Further variables of the environment contract. */
  readonly environment?: { readonly [variable: string]: string };
};

/** Starts it and waits until it is ready; disposing ends it. */
export const serve = async ({
  dataFolder,
  folder,
  serverName,
  environment,
}: Served): Promise<ServedWorkspace> => {
  const [port] = await findPorts(1);
  const start = performance.now();
  const child = spawn(process.execPath, serveArguments, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
      CAUSEWAY_SERVER_NAME: serverName,
      CAUSEWAY_DATA_DIR: dataFolder,
      CAUSEWAY_HTTP_PORT: String(port),
      CAUSEWAY_LOG: 'json,warn',
      ...environment,
    },
  });
  const ended = new Promise<'ended'>((resolve) => child.once('exit', () => resolve('ended')));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const end = async () => {
    child.kill('SIGTERM');
    await ended;
    process.off('exit', kill);
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    if ((await Promise.race([untilReady(url), ended])) === 'ended') {
      throw new Error(`the server ended with status ${child.exitCode} before it was ready`);
    }
  } catch (problem) {
    await end();
    throw problem;
  }
  const seconds = (performance.now() - start) / 1000;
  return { url, pid: child.pid, seconds, [Symbol.asyncDispose]: end };
};

const untilReady = async (url: string): Promise<void> => {
  const end = performance.now() + LONGEST_START_MS;
  while (performance.now() < end) {
    const ready = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (ready?.status === 200) return;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error(`the server was not ready after ${LONGEST_START_MS} ms`);
};
