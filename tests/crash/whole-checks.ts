/** Checks over everything that was sent, whatever round it was in. */
import { readFileSync } from 'node:fs';
import type { Workspace } from '../processes/workspace-process.ts';
import type { Outcome } from './cases.ts';
import { databaseFaults, databaseIn, deliveryFaults, forwardExtremities } from './database-check.ts';
import type { Follower } from './follower.ts';
import { missingMessages, readMessages, readState, strangeMessages } from './history.ts';
import type { Ledger } from './ledger.ts';
import type { Pair } from './pair.ts';

/** More ends than this after everything has calmed down would grow with each partition. */
const MOST_EXTREMITIES = 10;
/** pino's number for `error`. */
const ERROR_LEVEL = 50;

/** A process that finds the folder in use says so and ends; the one that has it is undisturbed. */
export const checkSecondProcess = async (workspace: Workspace): Promise<Outcome> => {
  const otherPorts = { CAUSEWAY_HTTP_PORT: '0', CAUSEWAY_FEDERATION_PORT: '0' };
  const { code, output } = await workspace.run(['serve'], otherPorts);
  const faults: string[] = [];
  if (code !== 1) faults.push(`it ended with ${code}, not 1: ${output}`);
  if (
    !output.includes(`the data folder ${workspace.options.dataDir} is in use by another running Causeway`)
  ) {
    faults.push(`it did not say why: ${output}`);
  }
  const health = await fetch(`${workspace.url}/health/ready`);
  if (!health.ok) faults.push(`the first process answered ${health.status} afterwards`);
  return { faults };
};

/** Every acknowledged message is once in the complete history of both; their states are the same. */
export const checkEverything = async (pair: Pair, ledger: Ledger): Promise<Outcome> => {
  const faults: string[] = [];
  for (const { workspace, reader } of pair.places) {
    const events = await readMessages(reader, pair.roomId);
    faults.push(...strangeMessages(workspace.name, events, ledger));
    for (const name of missingMessages(events, ledger.acknowledged())) {
      faults.push(`${workspace.name} misses ${name}`);
    }
    if (events.length !== ledger.size) {
      faults.push(`${workspace.name} has ${events.length} messages of ${ledger.size}`);
    }
  }
  const [north, south] = pair.places;
  const [a, b] = [await readState(north.reader, pair.roomId), await readState(south.reader, pair.roomId)];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    if (a.get(key) !== b.get(key)) faults.push(`state ${key} differs: ${a.get(key)} and ${b.get(key)}`);
  }
  return { faults, note: `${ledger.size} messages` };
};

export const checkFollowers = async (followers: readonly Follower[], ledger: Ledger): Promise<Outcome> => {
  const faults: string[] = [];
  const shown = await Promise.all(followers.map((follower) => follower.finish()));
  for (const [index, events] of shown.entries()) {
    const who = `follower ${index + 1}`;
    faults.push(...strangeMessages(who, events, ledger));
    for (const name of missingMessages(events, ledger.acknowledged())) faults.push(`${who} missed ${name}`);
  }
  const gaps = followers.reduce((total, follower) => total + follower.gaps, 0);
  return { faults, note: `${gaps} limited timelines filled from the history` };
};

export const checkStopped = async (pair: Pair): Promise<Outcome> => {
  const faults: string[] = [];
  const ends: (readonly string[])[] = [];
  for (const { workspace } of pair.places) {
    const say = (fault: string) => faults.push(`${workspace.name}: ${fault}`);
    const code = await workspace.stop();
    if (code !== 0) say(`SIGTERM ended it with ${code}`);
    const database = databaseIn(workspace.options.dataDir);
    databaseFaults(database).forEach(say);
    const extremities = forwardExtremities(database);
    if (extremities.length > MOST_EXTREMITIES) say(`${extremities.length} forward extremities`);
    ends.push(extremities);
    errorsIn(workspace.options.logFile).forEach(say);
  }
  const [north, south] = pair.places.map(({ workspace: { name, options } }) => ({
    name,
    path: databaseIn(options.dataDir),
  }));
  if (north !== undefined && south !== undefined) {
    faults.push(...deliveryFaults(north, south), ...deliveryFaults(south, north));
  }
  if (String(ends[0]) !== String(ends[1])) {
    faults.push(`the graphs end in different events: ${String(ends[0])} and ${String(ends[1])}`);
  }
  return { faults, note: `${ends[0]?.length} forward extremities` };
};

const errorsIn = (logFile: string): readonly string[] =>
  readFileSync(logFile, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const level = /^\{"level":(\d+)/.exec(line)?.[1];
      // Lines that are not the log's are the announcement, or the last words of a process that fell.
      if (level === undefined) return /error|at .*:\d+:\d+/i.test(line) ? [`said ${line}`] : [];
      return Number(level) >= ERROR_LEVEL ? [`logged ${line.slice(0, 500)}`] : [];
    });
