/** Makes thumbnails in a child process, which is started when there is something to do. */
import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import type { Thumbnailer, ThumbnailResult, ThumbnailSize } from '@causeway/homeserver';
import type { ThumbnailAnswer } from './thumbnail-process.ts';

/** One picture takes well under a second; one that takes this long is an attack. */
const TIMEOUT_MS = 10_000;
/** Pictures in the process at a time; others wait. */
const MAX_AT_ONCE = 2;
/** Waiting pictures are held in memory; more are refused. */
const MAX_WAITING = 20;
/** A process without work ends, and its memory with it. */
const IDLE_MS = 60_000;
const MAX_HEAP_MB = 256;

type Job = { readonly finish: (result: ThumbnailResult) => void; readonly timer: NodeJS.Timeout };

const refused = (reason: string): ThumbnailResult => ({ kind: 'refused', reason });

export const createThumbnailer = (): Thumbnailer => {
  const jobs = new Map<number, Job>();
  const waiting: (() => void)[] = [];
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;

  const stop = (reason: string) => {
    clearTimeout(idle);
    const ended = child;
    child = undefined;
    ended?.removeAllListeners();
    ended?.kill('SIGKILL');
    for (const job of [...jobs.values()]) job.finish(refused(reason));
  };

  const start = (): ChildProcess => {
    if (child !== undefined) return child;
    const file = join(import.meta.dirname, `thumbnail-process${extname(import.meta.filename)}`);
    const started = fork(file, {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${MAX_HEAP_MB}`],
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    started.on('message', (answer: ThumbnailAnswer) => {
      jobs.get(answer.id)?.finish('reason' in answer ? refused(answer.reason) : { kind: 'made', ...answer });
    });
    started.on('exit', () => stop('the decoder ended'));
    started.on('error', () => stop('the decoder can not be started'));
    started.unref();
    started.channel?.unref();
    child = started;
    return started;
  };

  const run = (source: Uint8Array, { width, height, method }: ThumbnailSize) =>
    new Promise<ThumbnailResult>((resolve) => {
      const id = ++lastId;
      clearTimeout(idle);
      const finish = (result: ThumbnailResult) => {
        clearTimeout(job.timer);
        jobs.delete(id);
        if (jobs.size === 0) idle = setTimeout(() => stop('idle'), IDLE_MS).unref();
        resolve(result);
        waiting.shift()?.();
      };
      const job: Job = { finish, timer: setTimeout(() => stop('it took too long'), TIMEOUT_MS) };
      jobs.set(id, job);
      start().send({ id, source, width, height, method }, (error) => {
        if (error !== null) finish(refused('the decoder ended'));
      });
    });

  return {
    async make(source, wanted) {
      if (waiting.length >= MAX_WAITING) return refused('too many pictures at once');
      if (jobs.size >= MAX_AT_ONCE) await new Promise<void>((resume) => waiting.push(resume));
      return run(source, wanted);
    },
    [Symbol.asyncDispose]: async () => stop('the server ends'),
  };
};
