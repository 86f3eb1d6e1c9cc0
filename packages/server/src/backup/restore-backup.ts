/**
 * Puts a backup in the place of a workspace. It is copied into the data folder and checked there, whole, before anything
 * of what is there is touched; then names change, which is taken up by the next start if it is interrupted.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { engineTables, noteRestore, systemClock } from '@causeway/homeserver';
import { checkIntegrity, lockFolder, openSqliteStore } from '@causeway/storage';
import { noteRestoredBackup, workspaceTables } from '@causeway/workspace';
import type { Config } from '../config/config.ts';
import { type DataFolder, prepareDataFolder } from '../data/data-folder.ts';
import { StartupError } from '../startup-error.ts';
import { writtenBy } from '../version.ts';
import { refuseForeignOwner } from './backup-contents.ts';
import { copyFile, flushFolder, hashFile } from './copy-file.ts';
import { ASIDE_NAME, finishRestore } from './finish-restore.ts';
import {
  type BackupFile,
  CONFIGURATION,
  DATABASE,
  damaged,
  type Manifest,
  readManifest,
  SIGNING_KEY,
} from './manifest.ts';
import { openSealedBackup, type SealedBackup } from './open-sealed-backup.ts';
import { isSealed } from './seal.ts';
import type { Opener } from './sealing-keys.ts';
import { refuseWithoutSpace, writeFault } from './space.ts';

export type RestoreRequest = {
  readonly config: Pick<Config, 'dataDir' | 'serverName'>;
  /** The folder of the backup, or an encrypted one. */
  readonly from: string;
  /** For an encrypted one. */
  readonly opener?: Opener;
  /** Whether a workspace that is there may be moved aside. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
  readonly progress: (done: number, all: number) => void;
};

export type Restored = {
  readonly manifest: Manifest;
  /** Where the data is that was there before; undefined: there was none. */
  readonly aside: string | undefined;
  /** What the person should know. */
  readonly notes: readonly string[];
};

/**
 * Reads a backup whole. Of an encrypted one, the database is in the data folder meanwhile.
 *
 * @throws StartupError that names the first thing that is wrong
 */
export const verifyBackup = async (request: Omit<RestoreRequest, 'replace'>): Promise<Manifest> => {
  const { from, signal, progress } = request;
  if (isSealed(from)) return verifySealed(request);
  const manifest = readManifest(from);
  for (const [done, file] of manifest.files.entries()) {
    progress(done, manifest.files.length);
    compare(from, file, await reading(from, file, () => hashFile(join(from, file.path), signal)));
  }
  checkDatabase(from, join(from, DATABASE));
  return manifest;
};

const verifySealed = async ({
  config,
  from,
  opener,
  signal,
  progress,
}: Omit<RestoreRequest, 'replace'>): Promise<Manifest> => {
  await using sealed = await openSealedBackup(from, opener, signal);
  const place = join(config.dataDir, `checking-${process.pid}`);
  const made = mkdirSync(place, { recursive: true, mode: 0o700 }) ?? place;
  try {
    const manifest = await sealed.unpack(place, { keep: (path) => path === DATABASE, progress });
    checkDatabase(from, join(place, DATABASE));
    return manifest;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
};

/** @throws StartupError that says what is wrong; then what was there is as it was */
export const restoreBackup = async (request: RestoreRequest): Promise<Restored> => {
  const { config, from, opener, signal } = request;
  await using sealed = isSealed(from) ? await openSealedBackup(from, opener, signal) : undefined;
  const source = sealed ?? readManifest(from);
  if ('head' in source) refuseOtherName(source, request);
  const folder = prepareDataFolder(config.dataDir);
  refuseForeignOwner(folder);
  refuseInside(from, folder);
  const unlock = lockFolder(folder.database);
  try {
    finishRestore(folder);
    if (existsSync(folder.database) && !request.replace) {
      throw new StartupError(
        `There is a workspace in ${folder.path} already. To put the backup in its place: causeway restore --replace ${from}\nWhat is there now is moved aside, not deleted.`,
      );
    }
    const manifest = await stage(request, source, folder);
    const notes = [...notesOf(from, manifest, folder)];
    renameSync(folder.restoring, folder.restored);
    flushFolder(folder.path);
    return { manifest, notes, aside: finishRestore(folder) };
  } catch (error) {
    rmSync(folder.restoring, { recursive: true, force: true });
    if (error instanceof StartupError) throw error;
    if (error instanceof Error && error.name === 'IncompatibleDatabaseError') throw error;
    if (request.signal.aborted) throw new StartupError('The restore was cancelled. Nothing was changed.');
    throw new StartupError(`The backup could not be restored: ${writeFault(error)}. Nothing was changed.`);
  } finally {
    unlock();
  }
};

const refuseOtherName = ({ head }: Manifest, { config, from }: RestoreRequest): void => {
  if (config.serverName === undefined || head.serverName === null || config.serverName === head.serverName)
    return;
  throw new StartupError(
    `The backup ${from} is of ${head.serverName}, and CAUSEWAY_SERVER_NAME is ${config.serverName}. A server name never changes. Nothing was changed.`,
  );
};

const refuseInside = (from: string, folder: DataFolder): void => {
  const source = `${resolve(from)}/`;
  for (const place of [folder.restoring, folder.restored]) {
    if (source.startsWith(`${place}/`))
      throw new StartupError(`${from} is where a restore works; move it first.`);
  }
};

/** What is made before an upgrade goes back to where its keys and files are. */
const refuseMissingBase = ({ head }: Manifest, folder: DataFolder): void => {
  if (head.contents === 'everything' || existsSync(folder.signingKey)) return;
  throw new StartupError(
    `This backup has only the database, and there is no signing key in ${folder.path}. Restore it where it was made.`,
  );
};

/** Copies and checks everything, and makes the database ready for the world that went on. */
const stage = async (
  request: RestoreRequest,
  source: Manifest | SealedBackup,
  folder: DataFolder,
): Promise<Manifest> => {
  rmSync(folder.restoring, { recursive: true, force: true });
  mkdirSync(folder.restoring, { mode: 0o700 });
  // A configuration that is there is of this machine.
  const keep = (path: string) => path !== CONFIGURATION || !existsSync(folder.configuration);
  if ('head' in source) {
    refuseMissingBase(source, folder);
    await copyFiles(request, source, { to: folder.restoring, keep });
    await makeReady(request, source, folder);
    return source;
  }
  const manifest = await source.unpack(folder.restoring, { keep, progress: request.progress });
  refuseOtherName(manifest, request);
  refuseMissingBase(manifest, folder);
  await makeReady(request, manifest, folder);
  return manifest;
};

type Target = { readonly to: string; readonly keep: (path: string) => boolean };

const copyFiles = async (
  { from, signal, progress }: RestoreRequest,
  { files }: Manifest,
  { to, keep }: Target,
): Promise<void> => {
  refuseWithoutSpace(
    'the backup',
    to,
    files.reduce((sum, { size }) => sum + size, 0),
  );
  for (const [done, file] of files.entries()) {
    progress(done, files.length);
    if (!keep(file.path)) continue;
    const copy = join(to, file.path);
    mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
    compare(from, file, await reading(from, file, () => copyFile(join(from, file.path), copy, signal)));
  }
  progress(files.length, files.length);
};

const makeReady = async ({ from }: RestoreRequest, { head }: Manifest, folder: DataFolder): Promise<void> => {
  const now = systemClock.now();
  const database = join(folder.restoring, DATABASE);
  checkDatabase(from, database);
  {
    await using store = await openSqliteStore({
      path: database,
      tables: [...engineTables, ...workspaceTables],
      writtenBy,
    });
    await store.transact(async (tx) => {
      await noteRestore(tx, now);
      await noteRestoredBackup(tx, { now, created: head.created });
    });
  }
  for (const name of ['lock.db', `${DATABASE}-wal`, `${DATABASE}-shm`]) {
    rmSync(join(folder.restoring, name), { force: true });
  }
  checkDatabase(from, database);
  if (head.contents === 'everything')
    mkdirSync(join(folder.restoring, 'media'), { recursive: true, mode: 0o700 });
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  writeFileSync(join(folder.restoring, ASIDE_NAME), `before-restore-${stamp}`, { mode: 0o600 });
  flushFolder(folder.restoring);
};

const reading = async <R>(from: string, { path }: BackupFile, read: () => Promise<R>): Promise<R> => {
  if (!existsSync(join(from, path))) throw damaged(from, `${path} is missing`);
  return read();
};

const compare = (from: string, file: BackupFile, found: Pick<BackupFile, 'size' | 'sha256'>): void => {
  if (found.size !== file.size) {
    throw damaged(from, `${file.path} has ${found.size} bytes and should have ${file.size}`);
  }
  if (found.sha256 !== file.sha256) throw damaged(from, `${file.path} is not what was backed up`);
};

const checkDatabase = (from: string, database: string): void => {
  const integrity = checkIntegrity(database);
  if (integrity.kind === 'damaged') throw damaged(from, `its database is not sound (${integrity.faults[0]})`);
};

const notesOf = function* (from: string, { files }: Manifest, folder: DataFolder): Iterable<string> {
  const mode = statSync(join(from, SIGNING_KEY), { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) !== 0) {
    yield `The signing key in the backup can be read by others (mode ${(mode & 0o777).toString(8)}). The restored one is closed. Close the backup too, with chmod 600; if others may have read it, make a new key.`;
  }
  if (files.some(({ path }) => path === CONFIGURATION) && existsSync(folder.configuration)) {
    yield `${folder.configuration} was left as it is; the backup has one too.`;
  }
};
