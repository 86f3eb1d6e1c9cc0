/**
 * Copies a workspace into one encrypted file, an archive of what a backup's folder has. Nothing of it is on the disk of
 * the backup in plain text at any time: the copy of the database is made in the data folder, and goes afterwards.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type TarFile, tarOf } from '@causeway/http';
import type { DataFolder } from '../data/data-folder.ts';
import { version } from '../version.ts';
import { isMissing, mediaFiles, missingIn, serverNameIn, snapshot } from './backup-contents.ts';
import type { Backup, BackupRequest } from './make-backup.ts';
import {
  type BackupFile,
  CONFIGURATION,
  DATABASE,
  MANIFEST,
  SIGNING_KEY,
  writeManifest,
} from './manifest.ts';
import { seal } from './seal.ts';
import type { Lock } from './sealing-keys.ts';
import { refuseWithoutSpace } from './space.ts';

const PIECE_BYTES = 256 * 1024;
const STAGING = /^backing-up-(\d+)$/;

type Target = { readonly lock: Lock; readonly to: string; readonly created: number };

export const makeSealedBackup = async (
  request: BackupRequest,
  { lock, to, created }: Target,
): Promise<Omit<Backup, 'path'>> => {
  const { folder, into } = request;
  removeAbandoned(folder);
  const databaseBytes = statSync(folder.database).size;
  refuseWithoutSpace('a copy of the database', folder.path, databaseBytes);
  const media = mediaFiles(folder.media).reduce((sum, { size }) => sum + size, 0);
  refuseWithoutSpace('the backup', into, databaseBytes + media);
  const staging = join(folder.path, `backing-up-${process.pid}`);
  mkdirSync(staging, { mode: 0o700 });
  try {
    const database = join(staging, DATABASE);
    snapshot(folder.database, database);
    const files: BackupFile[] = [];
    await seal(tarOf(contentsOf({ request, staging, created, files })), lock, to);
    return {
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      linkedBytes: 0,
      missing: missingIn(database, files, folder),
    };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
};

type Contents = {
  readonly request: BackupRequest;
  readonly staging: string;
  readonly created: number;
  /** Filled with what was read. */
  readonly files: BackupFile[];
};

async function* contentsOf({ request, staging, created, files }: Contents): AsyncGenerator<TarFile> {
  const { folder, signal, progress } = request;
  const database = join(staging, DATABASE);
  yield* fileAt(database, DATABASE, { files, signal });
  for (const [from, name] of [
    [folder.signingKey, SIGNING_KEY],
    [folder.configuration, CONFIGURATION],
  ] as const) {
    if (existsSync(from)) yield* fileAt(from, name, { files, signal });
  }
  const all = mediaFiles(folder.media);
  for (const [done, { path }] of all.entries()) {
    progress(done, all.length);
    yield* fileAt(join(folder.path, path), path, { files, signal });
  }
  progress(all.length, all.length);
  const serverName = serverNameIn(database);
  writeManifest(staging, { head: { program: version, serverName, created, contents: 'everything' }, files });
  yield* fileAt(join(staging, MANIFEST), MANIFEST, { files: [], signal });
}

type Reading = { readonly files: BackupFile[]; readonly signal: AbortSignal };

/** Nothing if somebody deleted it since it was listed. */
async function* fileAt(from: string, name: string, { files, signal }: Reading): AsyncGenerator<TarFile> {
  await using file = await openIfThere(from);
  if (file === undefined) return;
  const { size, mtimeMs } = await file.stat();
  const content = async function* () {
    const hash = createHash('sha256');
    for (let left = size; left > 0; ) {
      signal.throwIfAborted();
      // A new one each time: what was yielded may still wait to be encrypted.
      const { bytesRead, buffer } = await file.read(new Uint8Array(Math.min(PIECE_BYTES, left)));
      if (bytesRead === 0) break;
      const piece = buffer.subarray(0, bytesRead);
      hash.update(piece);
      left -= bytesRead;
      yield piece;
    }
    files.push({ path: name, size, sha256: hash.digest('hex') });
  };
  yield { name, size, modifiedTs: mtimeMs, content: content() };
}

const openIfThere = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** What a backup left behind whose process was killed. */
const removeAbandoned = (folder: DataFolder): void => {
  for (const name of readdirSync(folder.path)) {
    const pid = STAGING.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    rmSync(join(folder.path, name), { recursive: true, force: true });
  }
};

const isRunning = (pid: number): boolean => {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
