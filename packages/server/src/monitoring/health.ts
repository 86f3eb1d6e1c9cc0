/** Whether this workspace does what it is there for: asked of its parts, each time anew. */
import { statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Store } from '@causeway/homeserver';
import { probeStore } from '@causeway/workspace';
import { inWords, writeFaultOf } from '../backup/space.ts';

export const checkNames = ['database', 'tables', 'disk', 'outbox'] as const;

export type CheckName = (typeof checkNames)[number];

/** 'ok', or in words what is wrong. Anybody may read it: no names, no paths. */
export type Checks = { readonly [name in CheckName]: string };

export type Readiness =
  | { readonly ready: true; readonly checks: Checks }
  | { readonly ready: false; readonly reason: string; readonly checks?: Checks };

export interface Health {
  readiness(): Promise<Readiness>;
  /** From now on not ready: somebody in front of us should send people elsewhere. */
  startDraining(): void;
}

export type HealthParts = {
  readonly store: Store;
  readonly clock: Clock;
  readonly dataFolder: string;
  /** Whether the tables are those that this version works with. */
  readonly hasItsTables: () => boolean;
  /** For how many milliseconds a worker that sends to other servers has been at one step. */
  readonly longestStep: () => number;
};

/** Anybody may ask, and a probe is a durable write, so its answer is kept for a moment. */
const PROBE_LIFETIME_MS = 1_000;
/** A database that takes longer has people waiting already. */
const PROBE_TIMEOUT_MS = 3_000;
/** With less than this on the disk a day of messages and a few files may be too much. */
const LEAST_FREE_BYTES = 100e6;
const LEAST_FREE_FILES = 1_000;
/** A step of the outbox is one request of at most a minute and a few reads and writes. */
export const LONGEST_STEP_MS = 3 * 60_000;

export const createHealth = (parts: HealthParts): Health => {
  const { clock } = parts;
  let draining = false;
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  return {
    async readiness() {
      if (draining) return { ready: false, reason: 'shutting down' };
      if (last === undefined || clock.now() - last.at > PROBE_LIFETIME_MS) {
        last = { at: clock.now(), answer: check(parts) };
      }
      return last.answer;
    },
    startDraining() {
      draining = true;
    },
  };
};

const check = async (parts: HealthParts): Promise<Readiness> => {
  const checks: Checks = {
    database: await checkDatabase(parts),
    tables: checkTables(parts),
    disk: checkDisk(parts),
    outbox: checkOutbox(parts),
  };
  const wrong = checkNames.find((name) => checks[name] !== 'ok');
  return wrong === undefined ? { ready: true, checks } : { ready: false, reason: checks[wrong], checks };
};

/** The truth about a database is whether it takes a write. */
const checkDatabase = async ({ store, clock }: HealthParts): Promise<string> => {
  const write = probeStore(store, clock.now()).then(
    () => 'ok',
    (error: unknown) => `the database does not take writes${because(error)}`,
  );
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve('the database does not answer'), PROBE_TIMEOUT_MS);
  try {
    return await Promise.race([write, late]);
  } finally {
    clearTimeout(timer);
  }
};

const checkTables = ({ hasItsTables }: HealthParts): string => {
  try {
    return hasItsTables() ? 'ok' : 'the tables of the database are not those of this version';
  } catch (error) {
    return `the tables of the database cannot be read${because(error)}`;
  }
};

const checkDisk = ({ dataFolder }: HealthParts): string => {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(dataFolder);
    const free = bavail * bsize;
    if (free < LEAST_FREE_BYTES) return `the disk is nearly full: ${inWords(free)} are free`;
    // Some file systems do not count files.
    if (files > 0 && ffree < LEAST_FREE_FILES) return `the disk is nearly full: it takes ${ffree} more files`;
    const probe = join(dataFolder, 'probe');
    writeFileSync(probe, 'probe', { mode: 0o600 });
    unlinkSync(probe);
    return 'ok';
  } catch (error) {
    return `the data folder does not take files${because(error)}`;
  }
};

const checkOutbox = ({ longestStep }: HealthParts): string =>
  longestStep() <= LONGEST_STEP_MS ? 'ok' : 'messages to another server are stuck: a worker does not go on';

const because = (error: unknown): string => {
  const fault = writeFaultOf(error);
  return fault === undefined ? '' : `: ${fault}`;
};
