import type { DatabaseSync } from 'node:sqlite';
import type { ColumnPlan, TablePlan } from '@causeway/homeserver';
import { addColumn, createIndexes, createTable, quote } from './sql.ts';

/** The database was written by a newer version of the program, or by another program. */
export class IncompatibleDatabaseError extends Error {
  override readonly name = 'IncompatibleDatabaseError';
}

/** Tables of the store itself, which no declaration may be called. */
const OWN_TABLES = ['meta', 'sequences'];

/**
 * Brings a database to the declared tables, in one transaction: creates tables, columns and indexes that
 * are missing and replaces indexes that changed. Nothing that holds rows is dropped. A change that these
 * declarations can't express (a column's type, a key) needs a step of its own and a higher `version`.
 */
export const migrate = (database: DatabaseSync, plans: readonly TablePlan[], version: number): void => {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec('CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
    checkVersion(database, version);
    database.exec(
      'CREATE TABLE IF NOT EXISTS sequences (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
    for (const plan of plans) {
      if (OWN_TABLES.includes(plan.name)) throw new TypeError(`no table may be called ${plan.name}`);
      migrateTable(database, plan);
      migrateIndexes(database, plan);
    }
    database
      .prepare(
        "INSERT INTO meta VALUES ('schema_version', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      )
      .run(String(version));
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

const checkVersion = (database: DatabaseSync, version: number): void => {
  const row = database.prepare("SELECT value FROM meta WHERE key = 'schema_version'").get();
  const found = row === undefined ? version : Number(row.value);
  if (!(found <= version)) {
    throw new IncompatibleDatabaseError(
      `the database has schema version ${String(row?.value)}, and this version of Causeway knows ` +
        `${version} and older: start the newer Causeway that wrote it, or restore a backup made before`,
    );
  }
};

const migrateTable = (database: DatabaseSync, plan: TablePlan): void => {
  const existing = database.prepare(`PRAGMA table_info(${quote(plan.name)})`).all();
  if (existing.length === 0) {
    database.exec(createTable(plan));
    return;
  }
  const columns = new Map(existing.map((column) => [String(column.name), column]));
  for (const column of plan.columns) {
    const found = columns.get(column.name);
    if (found === undefined) {
      if (plan.key.includes(column)) throw incompatible(plan, column, 'is missing from the key');
      database.exec(addColumn(plan, column));
    } else if (found.type !== column.kind.toUpperCase() || found.notnull !== (column.nullable ? 0 : 1)) {
      throw incompatible(plan, column, 'has another type');
    }
  }
  for (const [name, column] of columns) {
    const isDeclared = plan.columns.some((declared) => declared.name === name);
    if (!isDeclared && column.notnull === 1 && column.dflt_value === null) {
      throw new IncompatibleDatabaseError(`column ${plan.name}.${name} is not declared and has no default`);
    }
  }
};

const migrateIndexes = (database: DatabaseSync, plan: TablePlan): void => {
  const wanted = createIndexes(plan);
  const existing = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .all(plan.name);
  for (const { name, sql } of existing) {
    if (wanted.get(String(name)) === sql) wanted.delete(String(name));
    else database.exec(`DROP INDEX ${quote(String(name))}`);
  }
  for (const sql of wanted.values()) database.exec(sql);
};

const incompatible = (plan: TablePlan, column: ColumnPlan, what: string): IncompatibleDatabaseError =>
  new IncompatibleDatabaseError(`column ${plan.name}.${column.name} of the database ${what}`);
