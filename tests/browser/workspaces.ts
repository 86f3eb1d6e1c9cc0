/** The workspaces that the suite uses: the demo, started as a child process, or ones that run already. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPorts } from '../processes/ports.ts';
import { PEER_NAMES, type Peers, preparePeers } from './peers.ts';

export type DemoUser = { readonly user_id: string; readonly username: string; readonly password: string };

export type DemoWorkspace = {
  readonly name: string;
  readonly url: string;
  readonly server_name: string;
  /** `host:port` of its federation; with the demo only. */
  readonly federation_address?: string;
  readonly users: readonly [DemoUser, DemoUser, ...DemoUser[]];
};

export type Demo = {
  readonly workspaces: readonly [DemoWorkspace, DemoWorkspace];
  readonly channel: { readonly room_id: string; readonly alias: string; readonly name: string };
  /** Further servers; undefined where the workspaces were running already. */
  readonly peers?: Peers | undefined;
};

export type Running<T> = { readonly value: T; readonly stop: () => Promise<void> };

const [northPort, southPort, setupPort, ...peerPorts] = await findPorts(3 + PEER_NAMES.length);
const DEMO_PORTS = `${northPort},${southPort}`;
const SETUP_PORT = String(setupPort);
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Starts the demo. With CAUSEWAY_BROWSER_WORKSPACES naming a file, the workspaces described in it are used
 * instead; it has the shape of the demo's readiness line, and `setup_url` for a workspace before its set-up.
 */
export async function startDemo(): Promise<Running<Demo>> {
  const given = process.env.CAUSEWAY_BROWSER_WORKSPACES;
  if (given) return { value: JSON.parse(await readFile(given, 'utf8')) as Demo, stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'causeway-browser-'));
  const prepared = await preparePeers(folder, peerPorts);
  const child = startNpm(
    ['run', 'demo', '--', '--ports', DEMO_PORTS, '--data', folder, '--json', ...prepared.demoArguments],
    {},
  );
  const value = await readyOrStop(child, folder, (line) => {
    if (!line.startsWith('{')) return undefined;
    const parsed = JSON.parse(line) as { ready?: boolean } & Demo;
    return parsed.ready === true ? parsed : undefined;
  });
  const peers = await prepared.open(value).catch(async (problem: unknown) => {
    await stop(child, folder);
    throw problem;
  });
  return {
    value: { ...value, peers },
    stop: async () => {
      await peers[Symbol.asyncDispose]();
      await stop(child, folder);
    },
  };
}

/** Starts a workspace that is not set up; its value is the one-time link. */
export async function startBeforeSetup(): Promise<Running<string>> {
  const given = process.env.CAUSEWAY_BROWSER_WORKSPACES;
  if (given) {
    const { setup_url: url } = JSON.parse(await readFile(given, 'utf8')) as { setup_url: string };
    return { value: url, stop: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'causeway-browser-setup-'));
  const child = startNpm(['start'], {
    CAUSEWAY_DATA_DIR: folder,
    CAUSEWAY_HTTP_PORT: SETUP_PORT,
    CAUSEWAY_PASSWORD_COST: 'low',
  });
  const link = /(https?:\/\/[^\s"]+)?\/setup\?token=[^\s"'\\]+/;
  const value = await readyOrStop(child, folder, (line) => {
    const found = link.exec(line)?.[0];
    return found ? new URL(found, `http://127.0.0.1:${SETUP_PORT}`).toString() : undefined;
  });
  const address = new URL(value);
  return {
    value: `http://127.0.0.1:${SETUP_PORT}${address.pathname}${address.search}`,
    stop: () => stop(child, folder),
  };
}

function startNpm(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  // Its own process group, so that npm's children end with it.
  const child = spawn('npm', args, {
    cwd: new URL('../..', import.meta.url).pathname,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // Not left behind when the suite ends without stopping it.
  const kill = () => child.pid && process.kill(-child.pid, 'SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** What the child says when it is ready; one that never is leaves nothing behind. */
async function readyOrStop<T>(
  child: ChildProcess,
  folder: string,
  read: (line: string) => T | undefined,
): Promise<T> {
  try {
    return await untilLine(child, read);
  } catch (problem) {
    await stop(child, folder);
    throw problem;
  }
}

function untilLine<T>(child: ChildProcess, read: (line: string) => T | undefined): Promise<T> {
  const output: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}\n${output.slice(-40).join('\n')}`));
    const timer = setTimeout(() => fail('It was not ready in time.'), START_TIMEOUT_MS);
    child.on('exit', (code) => {
      clearTimeout(timer);
      fail(`It ended with ${code} before it was ready.`);
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        const value = read(line);
        if (value === undefined) return;
        clearTimeout(timer);
        resolve(value);
      });
    }
  });
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.pid !== undefined) {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    process.kill(-child.pid, 'SIGTERM');
    const late = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(late);
  }
  await rm(folder, { recursive: true, force: true });
}
