import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './sqlite-error.ts';

/** Another process works in this data folder. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError';
  readonly folder: string;

  constructor(folder: string, options?: ErrorOptions) {
    super(`the data folder ${folder} is in use by another running Causeway; stop that one first`, options);
    this.folder = folder;
  }
}

/**
 * Locks the folder of a database until the returned function is called or the process ends.
 *
 * The lock is SQLite's own on a file beside the database: the system drops it when the process ends in
 * whatever way, and it works wherever the database itself is safe. It is not taken on the database, so that
 * backups and the sqlite3 shell can read. The file stays behind, and nobody else may open it: POSIX drops a
 * process's locks when the process closes any descriptor of the file.
 */
export const lockFolder = (databasePath: string): (() => void) => {
  const folder = dirname(resolve(databasePath));
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw isBusy(error) ? new DataFolderInUseError(folder, { cause: error }) : error;
  }
  return () => lock.close();
};
