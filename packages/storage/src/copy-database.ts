import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * Writes the database as it is at this moment into a new file, without free pages, and flushes it to the disk. Safe
 * while another process writes: it is one read transaction, which nobody waits for. It blocks the calling thread. A
 * copy that fails leaves no file.
 *
 * @see https://sqlite.org/lang_vacuum.html#vacuuminto
 */
export const copyDatabase = (path: string, target: string): void => {
  const source = new DatabaseSync(path);
  try {
    copyOpenDatabase(source, target);
  } finally {
    source.close();
  }
};

/** The same from a connection that is open, outside a transaction. */
export const copyOpenDatabase = (source: DatabaseSync, target: string): void => {
  try {
    source.prepare('VACUUM INTO ?').run(target);
    const file = openSync(target, 'r+');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  }
};
