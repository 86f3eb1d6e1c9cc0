/** The `causeway` command as a process, for tests. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const launcher = resolve(import.meta.dirname, '../../bin/causeway.js');

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'causeway-test-'));

/** A Node of this machine that is older than the one we need; undefined when there is none. */
export const olderNode = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .find((node) => {
      const major = majorOf(node);
      return major !== undefined && major < 24;
    });

const majorOf = (node: string): number | undefined => {
  try {
    return Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]);
  } catch {
    return undefined;
  }
};

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export class CausewayProcess implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(
    args: readonly string[],
    environment: { readonly [name: string]: string },
    node = process.execPath,
  ) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('CAUSEWAY_') && name !== 'NODE_OPTIONS',
    );
    const child = spawn(node, [launcher, ...args], {
      env: { ...Object.fromEntries(inherited), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#child = child;
    this.ended = new Promise((done) => {
      child.on('close', (code) => done({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** Waits until its output matches. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match !== null) return match;
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`never said ${pattern}\n${this.#stdout}\n${this.#stderr}`);
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
