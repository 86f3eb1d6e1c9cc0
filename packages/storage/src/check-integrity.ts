import { DatabaseSync } from 'node:sqlite';

export type Integrity =
  | { readonly kind: 'sound' }
  /** What is wrong, in SQLite's words. */
  | { readonly kind: 'damaged'; readonly faults: readonly string[] };

/**
 * Reads a whole database file and checks its structure, its indexes and its constraints. Safe while the
 * store is open, but it blocks the calling thread for as long as it reads (about a second per gigabyte).
 */
export const checkIntegrity = (path: string): Integrity => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const faults = database
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => String(row.integrity_check));
    return faults.length === 1 && faults[0] === 'ok' ? { kind: 'sound' } : { kind: 'damaged', faults };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind: 'damaged', faults: [error.message] };
  } finally {
    database.close();
  }
};
