import { DatabaseSync } from 'node:sqlite';

/**
 * Rows of a database file that nobody writes to, such as a backup, without taking it into use: no lock, no migration,
 * no file beside it.
 */
export const readFileDatabase = (
  path: string,
  sql: string,
): readonly { readonly [column: string]: unknown }[] => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
};
