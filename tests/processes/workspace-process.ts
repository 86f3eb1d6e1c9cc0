/** One workspace: a data folder, and the `causeway serve` process that is started on it again and again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const MAIN = resolve(import.meta.dirname, '../../packages/server/src/main.ts');
const NODE_FLAGS = ['--conditions=@causeway/source'];

const START_LIMIT_MS = 20_000;
/** What the operator's contract promises for SIGTERM under load. */
const STOP_LIMIT_MS = 20_000;
const READY_POLL_MS = 10;

export type WorkspaceOptions = {
  readonly name: string;
  readonly serverName: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly httpPort: number;
  readonly federationPort: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
  readonly overrides: { readonly [serverName: string]: string };
  /** Modules that the serving process loads before its own. */
  readonly imports?: readonly string[];
  /** Further variables of the environment contract. */
  readonly environment?: { readonly [variable: string]: string };
};

export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
};

export class Workspace implements AsyncDisposable {
  readonly options: WorkspaceOptions;
  readonly url: string;
  /** How long the last start took that was not interrupted. */
  lastStartMs = 0;
  #child: ChildProcess | undefined;
  #ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }> | undefined;

  constructor(options: WorkspaceOptions) {
    this.options = options;
    this.url = `http://127.0.0.1:${options.httpPort}`;
  }

  get name(): string {
    return this.options.name;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Of the running process. */
  get pid(): number {
    return this.#current().child.pid ?? 0;
  }

  get serverName(): string {
    return this.options.serverName;
  }

  /** Starts the process and waits until it is ready; returns how long that took. */
  async start(): Promise<number> {
    if (this.#child !== undefined) throw new Error(`${this.name} runs already`);
    const began = performance.now();
    const log = openSync(this.options.logFile, 'a', 0o600);
    // The channel ends with this process, and so does a workspace that nobody can stop any more.
    const imports = (this.options.imports ?? []).map((module) => `--import=${module}`);
    const child = spawn(process.execPath, [...NODE_FLAGS, ...imports, MAIN, 'serve'], {
      env: this.#environment(),
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#child = child;
    this.#ended = new Promise((done, fail) => {
      child.once('error', fail);
      child.once('exit', (code, signal) => done({ code, signal }));
    });
    running.add(child);
    const forget = () => void running.delete(child);
    this.#ended.then(forget, forget);
    await this.#ready(child);
    this.lastStartMs = performance.now() - began;
    return this.lastStartMs;
  }

  /** kill -9, as a power cut of the process would. Returns when it is gone. */
  async kill(): Promise<void> {
    const { child, ended } = this.#current();
    child.kill('SIGKILL');
    const { signal } = await ended;
    this.#child = undefined;
    if (signal !== 'SIGKILL') throw new Error(`${this.name} ended by itself before it was killed`);
  }

  /** SIGTERM; returns the exit status, or null when it had to be killed. */
  async stop(): Promise<number | null> {
    const { child, ended } = this.#current();
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    const { code } = await ended;
    clearTimeout(late);
    this.#child = undefined;
    return code;
  }

  /** Runs another `causeway` process on the same data folder to its end. */
  async run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const child = spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
      env: { ...this.#environment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const late = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
    try {
      return await new Promise((done, fail) => {
        child.once('error', fail);
        child.once('close', (code, signal) => done({ code, signal, output }));
      });
    } finally {
      clearTimeout(late);
      running.delete(child);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child === undefined) return;
    this.#child.kill('SIGKILL');
    await this.#ended;
    this.#child = undefined;
  }

  #current() {
    if (this.#child === undefined || this.#ended === undefined) throw new Error(`${this.name} does not run`);
    return { child: this.#child, ended: this.#ended };
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
      try {
        const answer = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(1_000) });
        await answer.arrayBuffer();
        if (answer.ok) return;
      } catch {
        // It does not listen yet.
      }
      await wait(READY_POLL_MS);
    }
    throw new Error(`${this.name} did not start; its log: ${this.options.logFile}`);
  }

  #environment(): NodeJS.ProcessEnv {
    const { serverName, dataDir, httpPort, federationPort, tls, overrides } = this.options;
    const inherited = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('CAUSEWAY_') && name !== 'NODE_OPTIONS' && name !== 'NODE_CHANNEL_FD',
    );
    return {
      ...Object.fromEntries(inherited),
      CAUSEWAY_SERVER_NAME: serverName,
      CAUSEWAY_DATA_DIR: dataDir,
      CAUSEWAY_BIND: '127.0.0.1',
      CAUSEWAY_HTTP_PORT: String(httpPort),
      CAUSEWAY_FEDERATION_PORT: String(federationPort),
      CAUSEWAY_TLS_CERT: tls.certFile,
      CAUSEWAY_TLS_KEY: tls.keyFile,
      CAUSEWAY_CA_CERT: tls.caFile,
      CAUSEWAY_FEDERATION_OVERRIDES: JSON.stringify(overrides),
      CAUSEWAY_REGISTRATION: 'open',
      CAUSEWAY_RATE_LIMITS: 'off',
      CAUSEWAY_PASSWORD_COST: 'low',
      CAUSEWAY_LOG: 'json,info',
      ...this.options.environment,
    };
  }
}

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
