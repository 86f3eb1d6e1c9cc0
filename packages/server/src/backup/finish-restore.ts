/** The last step of a restore: names change. Called again after an interruption, it goes on where it was. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DataFolder } from '../data/data-folder.ts';
import { flushFolder } from './copy-file.ts';

/** A file in the restored folder with the name of the folder that what was there goes to. */
export const ASIDE_NAME = 'aside';

/**
 * Takes a whole and checked backup into use, if there is one; only while the folder is locked. Returns the folder with
 * what was there before.
 */
export const finishRestore = (folder: DataFolder): string | undefined => {
  if (!existsSync(folder.restored)) return undefined;
  const aside = join(folder.path, basename(readFileSync(join(folder.restored, ASIDE_NAME), 'utf8')));
  // The database is the last: what it names is there before it.
  const parts = [folder.media, folder.signingKey, folder.configuration, folder.database];
  for (const target of parts) {
    const source = join(folder.restored, basename(target));
    if (!existsSync(source)) continue;
    const beside = target === folder.database ? [`${target}-wal`, `${target}-shm`] : [];
    for (const old of [...beside, target].filter((path) => existsSync(path))) {
      mkdirSync(aside, { recursive: true, mode: 0o700 });
      renameSync(old, join(aside, basename(old)));
    }
    renameSync(source, target);
    flushFolder(folder.path);
  }
  rmSync(folder.restored, { recursive: true, force: true });
  flushFolder(folder.path);
  return existsSync(aside) ? aside : undefined;
};
