/**
 * Drives two workspaces in real Chromium as people would, and asserts what the other side shows.
 * Arguments select scenarios by words in their names; without any, all run, their groups at the same time.
 * With `--long`, every moment is looked at in every variant, and a long room is read to its end.
 */
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createProgress } from '../../packages/server/src/progress.ts';
import { buildWebAppIfStale } from '../../packages/server/src/web-app/build-web-app.ts';
import { webAppFolder } from '../../packages/server/src/web-app/web-app-folder.ts';
import { keepResults } from '../capabilities/results.ts';
import { SECOND_TRIES_LIMIT } from '../second-try.ts';
import { ARTEFACTS } from './artefacts.ts';
import { findChromium } from './browser.ts';
import { isLong, LONG } from './profile.ts';
import { runScenarios, type TriedScenario } from './run-scenarios.ts';
import { beginning, groups } from './scenarios.ts';
import type { Scenario } from './story.ts';

const GROUP = /^--group=(\d+)$/;

/** One group, in a process of its own: its output is passed on, its results come as a message. */
const runGroup = (group: number): Promise<readonly TriedScenario[]> =>
  new Promise((resolve, reject) => {
    const child = fork(new URL(import.meta.url).pathname, [`--group=${group}`, ...(isLong ? [LONG] : [])]);
    let results: readonly TriedScenario[] | undefined;
    child.on('message', (message) => {
      results = message as readonly TriedScenario[];
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      results ? resolve(results) : reject(new Error(`Group ${group} ended with status ${code}.`)),
    );
  });

async function runAll(): Promise<readonly TriedScenario[]> {
  const ended = await Promise.allSettled(groups.map((_, group) => runGroup(group)));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  const results = ended.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  keepResults('browser', results);
  return results;
}

/** Those whose names have one of the words, each group after the beginning. */
async function runChosen(chromium: string, words: readonly string[]): Promise<readonly TriedScenario[]> {
  const isChosen = ({ name }: Scenario) => words.some((word) => name.includes(word));
  const chosen = groups.map((group) => group.filter(isChosen)).filter(({ length }) => length > 0);
  if (chosen.length === 0 && beginning.some(isChosen)) chosen.push([]);
  const results: TriedScenario[] = [];
  for (const group of chosen) results.push(...(await runScenarios(chromium, beginning, group)));
  return results;
}

async function main(): Promise<number> {
  const chromium = findChromium();
  if (!chromium) {
    console.error('Chromium was not found. Install it, or name it in CAUSEWAY_CHROMIUM.');
    return 1;
  }
  const words = process.argv.slice(2).filter((word) => word !== LONG);
  const group = GROUP.exec(words[0] ?? '')?.[1];
  if (group !== undefined) {
    const results = await runScenarios(chromium, beginning, groups[Number(group)] ?? []);
    process.send?.(results);
    process.disconnect?.();
    return 0;
  }
  await rm(ARTEFACTS, { recursive: true, force: true });
  // Before the workspaces start, which would all build it.
  await buildWebAppIfStale(join(webAppFolder, '..'), createProgress(console.log));
  const results = words.length === 0 ? await runAll() : await runChosen(chromium, words);
  const failed = results.filter(({ passed }) => !passed);
  const wavered = results.filter((result) => result.wavered);
  for (const { name } of wavered) console.log(`passed at the second try only: ${name}`);
  for (const { name } of failed) console.log(`failed: ${name}`);
  if (wavered.length > SECOND_TRIES_LIMIT) console.log('So many second tries are no accident.');
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  if (results.length === 0) console.error(`No scenario has ${words.join(' or ')} in its name.`);
  return failed.length === 0 && wavered.length <= SECOND_TRIES_LIMIT && results.length > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (problem) {
  console.error(problem instanceof Error ? problem.message : problem);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
