/** Before an upgrade changes the database, a copy of it is kept. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from '../data/data-folder.ts';
import { StartupError } from '../startup-error.ts';
import { version } from '../version.ts';
import { serverNameIn } from './backup-contents.ts';
import { flushFolder, hashFileSync } from './copy-file.ts';
import { DATABASE, writeManifest } from './manifest.ts';
import { refuseWithoutSpace, writeFault } from './space.ts';

/** Older ones go. */
const KEPT = 3;

/** Returns where the copy is. @throws StartupError when it can't be made: then the upgrade must not go on */
export const keepBeforeUpgrade = (folder: DataFolder, copyTo: (path: string) => void): string => {
  const created = Date.now();
  const stamp = new Date(created).toISOString().replace(/[-:.]/g, '');
  const path = join(folder.beforeUpgrade, stamp);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    refuseWithoutSpace(
      'the copy of the database from before the upgrade',
      path,
      statSync(folder.database).size,
    );
    const database = join(path, DATABASE);
    copyTo(database);
    writeManifest(path, {
      head: {
        program: version,
        serverName: serverNameIn(database),
        created,
        contents: 'database',
      },
      files: [{ path: DATABASE, ...hashFileSync(database) }],
    });
    flushFolder(path);
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `This version changes the database, and a copy from before that could not be made: ${writeFault(error)}. Nothing was changed.`,
    );
  }
  const old = readdirSync(folder.beforeUpgrade).toSorted().slice(0, -KEPT);
  for (const name of old) rmSync(join(folder.beforeUpgrade, name), { recursive: true, force: true });
  return path;
};
