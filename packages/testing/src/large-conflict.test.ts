/** A conflict of states that is larger than the memory of the process that resolves it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FromConflict } from './large-conflict-server.ts';

const HEAP_MIB = 96;
const MIB = 1024 * 1024;

it(`a conflict of many large events is resolved by a process with ${HEAP_MIB} MiB for its objects`, {
  timeout: 180_000,
}, async () => {
  const child = fork(join(import.meta.dirname, 'large-conflict-server.ts'), {
    execArgv: ['--conditions=@causeway/source', `--max-old-space-size=${HEAP_MIB}`],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const told = await Promise.race([
    once(child, 'message').then(([message]) => message as FromConflict),
    ended.then(([code, signal]) => `it ended with ${code ?? signal}`),
  ]);
  if (typeof told === 'string') throw new Error(told);
  const began = performance.now();
  await ended;
  const size = told.characters / MIB;
  process.stdout.write(
    `${told.events} events of ${size.toFixed(0)} MiB together; ended in ${Math.round(performance.now() - began)} ms\n`,
  );
  // About half of it is taken by everything else; what is read takes more than its text.
  expect(size).toBeGreaterThan(HEAP_MIB * 0.45);
  expect(told).toMatchObject({ ends: 2, isRight: true, heard: true });
});
