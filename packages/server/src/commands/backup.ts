import { resolve } from 'node:path';
import { keepNewest, makeBackup } from '../backup/make-backup.ts';
import { restoreBackup, verifyBackup } from '../backup/restore-backup.ts';
import { isSealed } from '../backup/seal.ts';
import { lockOf, openerOf } from '../backup/sealing-keys.ts';
import { inWords } from '../backup/space.ts';
import type { Environment } from '../config/read-config.ts';
import { complain, say } from '../console.ts';
import { dataFolderAt } from '../data/data-folder.ts';
import { loadConfig } from './load-config.ts';

/** Told no more often. */
const PROGRESS_MS = 2_000;

export type BackupOptions = {
  readonly keep?: number;
  readonly recipient?: readonly string[];
  readonly passphraseFile?: string;
};

/** The path of the new backup goes to standard output, everything else to standard error. */
export const backup = async (
  environment: Environment,
  into: string,
  options: BackupOptions,
): Promise<void> => {
  const { keep } = options;
  const lock = lockOf(options);
  const { config } = loadConfig(environment);
  const made = await makeBackup({
    folder: dataFolderAt(config.dataDir),
    into: resolve(into),
    ...(lock === undefined ? {} : { lock }),
    signal: untilInterrupted(),
    progress: progressOf('files backed up'),
  });
  const { files, bytes, linkedBytes, missing } = made;
  const again = linkedBytes === 0 ? '' : `, ${inWords(linkedBytes)} of it shared with the backup before`;
  complain(`Backed up ${files} files, ${inWords(bytes)}${again}.`);
  if (missing.length > 0) {
    complain(
      `Warning: ${missing.length} ${missing.length === 1 ? 'file that people sent is' : 'files that people sent are'} not in the data folder any more, and not in this backup. An earlier backup may have them: media/…/${missing[0]}`,
    );
  }
  if (keep !== undefined) for (const path of keepNewest(made.path, keep)) complain(`Deleted ${path}.`);
  say(made.path);
};

export type RestoreOptions = {
  readonly replace?: boolean;
  readonly check?: boolean;
  readonly identity?: string;
  readonly passphraseFile?: string;
};

export const restore = async (
  environment: Environment,
  from: string,
  options: RestoreOptions,
): Promise<void> => {
  const opener = openerOf(options);
  const { config } = loadConfig(environment);
  const path = resolve(from);
  const unit = isSealed(path) ? 'bytes' : 'files';
  const request = {
    ...{ config, from: path, signal: untilInterrupted() },
    ...(opener === undefined ? {} : { opener }),
  };
  if (options.check === true) {
    const { head, files } = await verifyBackup({ ...request, progress: progressOf(`${unit} checked`) });
    say(
      `The backup is sound: ${files.length} files of ${head.serverName ?? 'a workspace'}, ${dateOf(head.created)}.`,
    );
    return;
  }
  const { manifest, aside, notes } = await restoreBackup({
    ...request,
    replace: options.replace === true,
    progress: progressOf(`${unit} restored`),
  });
  for (const note of notes) complain(`Note: ${note}`);
  if (aside !== undefined)
    say(`What was there before is in ${aside}. Delete it when you do not need it any more.`);
  say(`${config.dataDir} is as it was on ${dateOf(manifest.head.created)}. Start it with: causeway serve`);
  say('What happened since in channels with other organisations is then fetched from them.');
};

const dateOf = (ms: number): string => `${new Date(ms).toISOString().replace(/\.\d+Z$/, '')} UTC`;

/** Ctrl-C ends the work in order; nothing half-done stays. */
const untilInterrupted = (): AbortSignal => {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
};

const progressOf = (what: string) => {
  let told = performance.now();
  return (done: number, all: number): void => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    complain(`  ${done} of ${all} ${what}`);
  };
};
