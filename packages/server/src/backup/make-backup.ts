/**
 * Copies a workspace into a new folder or one encrypted file, whether it runs or not. The database is one snapshot; files are never changed
 * once they are there, and are there before the database names them, so what is copied after the snapshot is enough.
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DataFolder } from '../data/data-folder.ts';
import { StartupError } from '../startup-error.ts';
import { version } from '../version.ts';
import {
  isMissing,
  type MediaFile,
  mediaFiles,
  missingIn,
  namesIn,
  refuseForeignOwner,
  serverNameIn,
  snapshot,
} from './backup-contents.ts';
import { copyFile, flushFolder, hashFile, hashFileSync } from './copy-file.ts';
import { makeSealedBackup } from './make-sealed-backup.ts';
import {
  type BackupFile,
  CONFIGURATION,
  DATABASE,
  manifestIfWhole,
  SIGNING_KEY,
  writeManifest,
} from './manifest.ts';
import type { Lock } from './sealing-keys.ts';
import { refuseWithoutSpace, writeFault } from './space.ts';

export type BackupRequest = {
  readonly folder: DataFolder;
  /** Where backups lie; the new one is a folder in it, or an encrypted file. */
  readonly into: string;
  /** Encrypts it. */
  readonly lock?: Lock;
  readonly signal: AbortSignal;
  /** Told from time to time how many files are done. */
  readonly progress: (done: number, all: number) => void;
};

export type Backup = {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** Of these, in files that an earlier backup has too and that take no space again. */
  readonly linkedBytes: number;
  /** Keys of files that the database names and that are not there. */
  readonly missing: readonly string[];
};

/** @throws StartupError that says what is wrong; then nothing is left of it */
export const makeBackup = async (request: BackupRequest): Promise<Backup> => {
  const { folder, into, lock } = request;
  if (!existsSync(folder.database)) throw new StartupError(`There is no workspace in ${folder.path}.`);
  refuseForeignOwner(folder);
  try {
    mkdirSync(into, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartupError(`Backups cannot be kept in ${into}: ${writeFault(error)}.`);
  }
  const created = Date.now();
  const serverName = lock && serverNameIn(folder.database);
  let claimed: Claimed | undefined;
  try {
    claimed = claim(into, created, (stamp) =>
      lock === undefined ? `causeway-${stamp}` : sealedName(stamp, serverName ?? null),
    );
    const { partial, path } = claimed;
    const made = join(partial, basename(path));
    const backup =
      lock === undefined
        ? await fill(request, made, created)
        : await makeSealedBackup(request, { lock, created, to: made });
    renameSync(made, path);
    rmdirSync(partial);
    flushFolder(into);
    return { ...backup, path };
  } catch (error) {
    if (claimed !== undefined) rmSync(claimed.partial, { recursive: true, force: true });
    if (error instanceof StartupError) throw error;
    if (request.signal.aborted) throw new StartupError('The backup was cancelled; nothing is left of it.');
    throw new StartupError(`The backup could not be made: ${writeFault(error)}. Nothing is left of it.`);
  }
};

type Claimed = {
  /** The folder in which it is made, and which nobody else uses. */
  readonly partial: string;
  readonly path: string;
};

/** The name of a backup by its time; of several in one second, the later ones have the name of a later second. */
const claim = (into: string, created: number, nameAt: (stamp: string) => string): Claimed => {
  for (let ts = created; ; ts += 1_000) {
    const path = join(into, nameAt(new Date(ts).toISOString().replace(/[-:]|\.\d+/g, '')));
    const partial = `${path}.partial`;
    if (!makeOwn(partial)) continue;
    if (!existsSync(path)) return { partial, path };
    rmdirSync(partial);
  }
};

/** False when it is there already. */
const makeOwn = (path: string): boolean => {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

const fill = async (request: BackupRequest, to: string, created: number): Promise<Omit<Backup, 'path'>> => {
  const { folder, signal } = request;
  mkdirSync(to, { mode: 0o700 });
  refuseWithoutSpace('the backup', request.into, statSync(folder.database).size);
  const database = join(to, DATABASE);
  snapshot(folder.database, database);
  const files: BackupFile[] = [{ path: DATABASE, ...hashFileSync(database) }];
  for (const [from, name] of [
    [folder.signingKey, SIGNING_KEY],
    [folder.configuration, CONFIGURATION],
  ] as const) {
    if (existsSync(from)) files.push({ path: name, ...(await copyFile(from, join(to, name), signal)) });
  }
  const media = await copyMedia(request, to);
  files.push(...media.files);
  const serverName = serverNameIn(database);
  writeManifest(to, { head: { program: version, serverName, created, contents: 'everything' }, files });
  for (const each of foldersBelow(to)) flushFolder(each);
  return {
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    linkedBytes: media.linkedBytes,
    missing: missingIn(database, files, folder),
  };
};

const copyMedia = async (request: BackupRequest, partial: string) => {
  const { folder, into, signal, progress } = request;
  const all = mediaFiles(folder.media);
  const earlier = earlierFiles(into);
  const isThere = ({ path, size }: MediaFile) => earlier.get(path)?.file.size === size;
  const fresh = all.reduce((sum, file) => sum + (isThere(file) ? 0 : file.size), 0);
  refuseWithoutSpace('the files of the workspace', into, fresh);
  const files: BackupFile[] = [];
  let linkedBytes = 0;
  for (const [done, { path }] of all.entries()) {
    signal.throwIfAborted();
    progress(done, all.length);
    const to = join(partial, path);
    mkdirSync(join(to, '..'), { recursive: true, mode: 0o700 });
    const known = earlier.get(path);
    if (known !== undefined && (await linkSound(join(known.backup, path), to, known.file, signal))) {
      files.push(known.file);
      linkedBytes += known.file.size;
      continue;
    }
    try {
      files.push({ path, ...(await copyFile(join(folder.path, path), to, signal)) });
    } catch (error) {
      // Somebody deleted it since the snapshot.
      if (!isMissing(error)) throw error;
    }
  }
  progress(all.length, all.length);
  return { files, linkedBytes };
};

type EarlierFile = { readonly backup: string; readonly file: BackupFile };

/** What the newest earlier backup has. */
const earlierFiles = (into: string): ReadonlyMap<string, EarlierFile> => {
  for (const backup of backupsIn(into).toReversed()) {
    const manifest = manifestIfWhole(backup);
    if (manifest?.head.contents !== 'everything') continue;
    return new Map(manifest.files.map((file) => [file.path, { backup, file }]));
  }
  return new Map();
};

/** Gives the file of an earlier backup a second name, if it is still what it was. */
const linkSound = async (
  from: string,
  to: string,
  file: BackupFile,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    const { sha256 } = await hashFile(from, signal);
    if (sha256 !== file.sha256) return false;
    linkSync(from, to);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // It is gone, or this file system knows no second names: then it is copied.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
};

/** What looks like whole backups that are not encrypted, oldest first. */
export const backupsIn = (into: string): readonly string[] =>
  namesIn(into)
    .filter((name) => /^causeway-\d{8}T\d{6}Z$/.test(name))
    .toSorted()
    .map((name) => join(into, name));

/** Nobody without the key sees whose an encrypted backup is, so its name says it. */
const sealedName = (stamp: string, serverName: string | null): string =>
  `causeway-${stamp}-${encodeURIComponent(serverName ?? 'new')}.age`;

/** Deletes the oldest backups of the same workspace and kind until so many are left; returns what was deleted. */
export const keepNewest = (newest: string, count: number): readonly string[] => {
  const old = likeIt(newest).slice(0, -count);
  for (const path of old) rmSync(path, { recursive: true, force: true });
  return old;
};

/** Oldest first. */
const likeIt = (path: string): readonly string[] => {
  const into = dirname(path);
  const sealed = /^causeway-\d{8}T\d{6}Z(-.+\.age)$/;
  const ending = sealed.exec(basename(path))?.[1];
  if (ending !== undefined) {
    return namesIn(into)
      .filter((name) => sealed.exec(name)?.[1] === ending)
      .toSorted()
      .map((name) => join(into, name));
  }
  const nameOf = (backup: string) => manifestIfWhole(backup)?.head.serverName;
  return backupsIn(into).filter((backup) => nameOf(backup) === nameOf(path));
};

const foldersBelow = (folder: string): readonly string[] => [
  ...readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name)),
  folder,
];
