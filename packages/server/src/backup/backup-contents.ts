/** What of a data folder goes into a backup. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkIntegrity, copyDatabase, readFileDatabase } from '@causeway/storage';
import type { DataFolder } from '../data/data-folder.ts';
import { StartupError } from '../startup-error.ts';
import type { BackupFile } from './manifest.ts';

/** A copy that was checked: a database that is damaged is noticed now, and not when it is needed. */
export const snapshot = (from: string, to: string): void => {
  copyDatabase(from, to);
  const integrity = checkIntegrity(to);
  if (integrity.kind === 'sound') return;
  throw new StartupError(
    `The database ${from} is damaged (${integrity.faults[0]}). No backup was made of it; keep the earlier ones.`,
  );
};

export type MediaFile = { readonly path: string; readonly size: number };

/** Files that are whole: `media/ab/cd/<key>`. */
export const mediaFiles = (media: string): readonly MediaFile[] => {
  const found: MediaFile[] = [];
  const isPart = (name: string) => /^[0-9a-f]{2}$/.test(name);
  for (const first of namesIn(media).filter(isPart)) {
    for (const second of namesIn(join(media, first)).filter(isPart)) {
      for (const key of namesIn(join(media, first, second))) {
        const stat = statSync(join(media, first, second, key), { throwIfNoEntry: false });
        if (stat !== undefined) found.push({ path: `media/${first}/${second}/${key}`, size: stat.size });
      }
    }
  }
  return found;
};

export const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Null before set-up. */
export const serverNameIn = (database: string): string | null => {
  const [named] = readFileDatabase(
    database,
    "SELECT value FROM workspace_settings WHERE name = 'server_name'",
  );
  return typeof named?.['value'] === 'string' ? named['value'] : null;
};

/** What the database names and the copy lacks, unless somebody deleted it meanwhile. */
export const missingIn = (
  database: string,
  files: readonly BackupFile[],
  folder: DataFolder,
): readonly string[] => {
  const copied = new Set(files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
  const missing = mediaKeys(database).filter((key) => !copied.has(key));
  if (missing.length === 0) return [];
  const now = new Set(mediaKeys(folder.database));
  return missing.filter((key) => now.has(key));
};

const mediaKeys = (database: string): readonly string[] =>
  readFileDatabase(database, 'SELECT blob_key FROM media UNION SELECT blob_key FROM thumbnails').map((row) =>
    String(row['blob_key']),
  );

/** Files that another user made would be of no use to the workspace, or would lock it out of its own data. */
export const refuseForeignOwner = ({ path }: DataFolder): void => {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  const self = process.getuid?.();
  if (owner === undefined || self === undefined || owner === self) return;
  throw new StartupError(
    `${path} belongs to another user (${owner}). Run this as that user, for example: sudo -u "$(stat -c %U ${path})" causeway …`,
  );
};

/** Somebody deleted it. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
