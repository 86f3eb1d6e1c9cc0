/**
 * The whole product as a process, `causeway serve` from its sources: from starting Node to the first answer of
 * `/health/ready`, with data folders of 10 and of 1,000 rooms, and the memory it takes when nothing happens,
 * above that of a bare Node. Every figure is of a process of its own.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createHomeserver, createRoom, engineTables } from '@causeway/homeserver';
import { parseServerName } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { createMemoryBlobs } from '@causeway/testing';
import { pinServerName, workspaceTables } from '@causeway/workspace';
import type { Measure } from './figures.ts';
import { localUser, MEASURED_SERVER_NAME } from './measured-server.ts';
import { RemotePeer } from './remote-peer.ts';
import type { OpenRow } from './row.ts';
import { serve } from './serve.ts';

const FEW_ROOMS = 10;
const MANY_ROOMS = 1_000;
/** Rooms that are made at the same time, so that they share commits. */
const ROOMS_AT_ONCE = 50;
/** After the start, until the memory is looked at. */
const SETTLE_MS = 3_000;
const KIB_PER_MB = 1024;

const startFew: Measure = { name: 'start to ready, 10 rooms', unit: 's', ratio: 'V' };
const startMany: Measure = {
  name: 'start to ready, 1,000 rooms',
  unit: 's',
  ratio: 'V',
  limit: { better: 'lower', text: '≤ 0.5 s', target: () => 0.5 },
};
const bareStart: Measure = { name: 'start of a bare Node', unit: 's', ratio: 'V' };
const bareMemory: Measure = { name: 'memory of a bare Node', unit: 'MB' };
const idleMemory: Measure = {
  name: 'memory idle above bare Node, 1,000 rooms',
  unit: 'MB',
  limit: { better: 'lower', text: '≤ 70 MB', target: () => 70 },
};

export const openIdleAndStart: OpenRow = async ({ folder }) => {
  const few = await makeDataFolder(join(folder, 'few'), FEW_ROOMS);
  const many = await makeDataFolder(join(folder, 'many'), MANY_ROOMS);
  // Fills the compile cache, as any earlier start of the same version does.
  await serveOnce(few, folder);
  return {
    async measure() {
      const bare = await bareNode();
      const small = await serveOnce(few, folder);
      const large = await serveOnce(many, folder, SETTLE_MS);
      return [
        { measure: bareStart, value: bare.seconds },
        { measure: startFew, value: small.seconds },
        { measure: startMany, value: large.seconds },
        { measure: bareMemory, value: bare.memory },
        { measure: idleMemory, value: large.memory - bare.memory },
      ];
    },
    [Symbol.asyncDispose]: async () => {},
  };
};

const makeDataFolder = async (folder: string, rooms: number): Promise<string> => {
  mkdirSync(folder, { mode: 0o700 });
  const serverName = parseServerName(MEASURED_SERVER_NAME);
  if (serverName === undefined) throw new Error('no server name');
  await using store = await openSqliteStore({
    path: join(folder, 'causeway.db'),
    tables: [...engineTables, ...workspaceTables],
  });
  await pinServerName(store, serverName);
  await using homeserver = await createHomeserver(
    { serverName, signingKey: { seed: Buffer.alloc(32, 9), version: 'bench' } },
    {
      store,
      blobs: createMemoryBlobs(),
      transport: new RemotePeer('peer.test').transport,
      directory: { exists: async () => true, profile: async () => ({}) },
      policy: { ask: async () => ({ allowed: true }) },
    },
  );
  for (let made = 0; made < rooms; made += ROOMS_AT_ONCE) {
    const count = Math.min(ROOMS_AT_ONCE, rooms - made);
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        createRoom(homeserver.engine, localUser(`creator${index}`), { name: `Room ${made + index}` }),
      ),
    );
  }
  return folder;
};

type Process = { readonly seconds: number; readonly memory: number };

const serveOnce = async (dataFolder: string, folder: string, settleMs = 0): Promise<Process> => {
  await using server = await serve({ dataFolder, folder, serverName: MEASURED_SERVER_NAME });
  await wait(settleMs);
  return { seconds: server.seconds, memory: residentMb(server.pid) };
};

const bareNode = async (): Promise<Process> => {
  const start = performance.now();
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const seconds = (performance.now() - start) / 1000;
    await wait(300);
    return { seconds, memory: residentMb(child.pid) };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
};

const residentMb = (pid: number | undefined): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1]) / KIB_PER_MB;
};
