import type { DatabaseSync } from 'node:sqlite';
import type { ColumnPlan, TablePlan } from '@causeway/homeserver';
import { addColumn, createIndexes, createTable, quote } from './sql.ts';

/** The database was written by a newer version of the program, or by another program. */
export class IncompatibleDatabaseError extends Error {
  override readonly name = 'IncompatibleDatabaseError';
}

/** Tables of the store itself, which no declaration may be called. */
const OWN_TABLES = ['meta', 'sequences'];

export type Migration = {
  /** Whether there is nothing in the database yet. */
  readonly isNew: boolean;
  /** The statements that are needed; empty for a database that is as declared. */
  readonly statements: readonly string[];
};

export type Declared = {
  readonly plans: readonly TablePlan[];
  /** Raised by a change that these declarations can't express, such as another meaning of a column. */
  readonly version: number;
};

/**
 * What brings a database to the declared tables: it creates tables, columns and indexes that are missing and replaces
 * indexes that changed. Nothing that holds rows is dropped.
 *
 * Throws `IncompatibleDatabaseError` for a database with something that is not declared: a newer program made it, and
 * relies on its being kept up.
 */
export const planMigration = (database: DatabaseSync, { plans, version }: Declared): Migration => {
  const tables = new Set(
    database
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      )
      .all()
      .map(({ name }) => String(name)),
  );
  for (const { name } of plans) {
    if (OWN_TABLES.includes(name)) throw new TypeError(`no table may be called ${name}`);
  }
  const writer = tables.has('meta') ? readMeta(database, 'written_by') : undefined;
  if (tables.has('meta')) checkVersion(database, version, writer);
  const declared = new Set([...OWN_TABLES, ...plans.map(({ name }) => name)]);
  for (const name of tables) if (!declared.has(name)) throw newer(`it has the table ${name}`, writer);
  return {
    isNew: tables.size === 0,
    statements: plans.flatMap((plan) => [
      ...(tables.has(plan.name) ? tableChanges(database, plan, writer) : [createTable(plan)]),
      ...indexChanges(database, plan),
    ]),
  };
};

/** Does it, in one transaction, and notes who did. */
export const migrate = (database: DatabaseSync, declared: Declared, writtenBy: string): void => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const { statements } = planMigration(database, declared);
    database.exec(
      `CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
       CREATE TABLE IF NOT EXISTS sequences (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
    );
    for (const sql of statements) database.exec(sql);
    writeMeta(database, 'schema_version', String(declared.version));
    writeMeta(database, 'written_by', writtenBy);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

const readMeta = (database: DatabaseSync, key: string): string | undefined => {
  const row = database.prepare('SELECT value FROM meta WHERE key = ?').get(key);
  return row === undefined ? undefined : String(row.value);
};

/** A value that is there already is not written again: opening an unchanged database costs no commit. */
const writeMeta = (database: DatabaseSync, key: string, value: string): void => {
  if (readMeta(database, key) === value) return;
  database
    .prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
    .run(key, value);
};

const checkVersion = (database: DatabaseSync, version: number, writer: string | undefined): void => {
  const found = readMeta(database, 'schema_version') ?? String(version);
  if (!(Number(found) <= version)) {
    throw newer(`it has schema version ${found}, and this one knows ${version} and older`, writer);
  }
};

/** Statements that add the missing columns. */
const tableChanges = (database: DatabaseSync, plan: TablePlan, writer: string | undefined): string[] => {
  const existing = database.prepare(`PRAGMA table_info(${quote(plan.name)})`).all();
  const columns = new Map(existing.map((column) => [String(column.name), column]));
  const added: string[] = [];
  for (const column of plan.columns) {
    const found = columns.get(column.name);
    columns.delete(column.name);
    if (found === undefined) {
      if (plan.key.includes(column)) throw incompatible(plan, column, 'is missing from the key');
      added.push(addColumn(plan, column));
    } else if (found.type !== column.kind.toUpperCase() || found.notnull !== (column.nullable ? 0 : 1)) {
      throw incompatible(plan, column, 'has another type');
    }
  }
  const [unknown] = columns.keys();
  if (unknown !== undefined) throw newer(`its table ${plan.name} has the column ${unknown}`, writer);
  return added;
};

const indexChanges = (database: DatabaseSync, plan: TablePlan): string[] => {
  const wanted = createIndexes(plan);
  const dropped: string[] = [];
  const existing = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .all(plan.name);
  for (const { name, sql } of existing) {
    if (wanted.get(String(name)) === sql) wanted.delete(String(name));
    else dropped.push(`DROP INDEX ${quote(String(name))}`);
  }
  return [...dropped, ...wanted.values()];
};

const newer = (what: string, writer: string | undefined): IncompatibleDatabaseError =>
  new IncompatibleDatabaseError(
    `the database was written by a newer version of Causeway${writer === undefined ? '' : ` (${writer})`}: ${what}, ` +
      'which this version does not know. Nothing was changed. Start the version that wrote it, or restore a backup ' +
      'that was made before it was started',
  );

const incompatible = (plan: TablePlan, column: ColumnPlan, what: string): IncompatibleDatabaseError =>
  new IncompatibleDatabaseError(`column ${plan.name}.${column.name} of the database ${what}`);
