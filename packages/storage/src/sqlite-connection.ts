import { DatabaseSync, type DatabaseSyncOptions, type StatementSync } from 'node:sqlite';
import type { RangePlan, StoredRow, StoreValue, TablePlan } from '@causeway/homeserver';
import {
  countRange,
  deleteByKey,
  deleteRange,
  insertRow,
  putRow,
  rangeShape,
  selectByKey,
  selectRange,
  updateByKey,
} from './sql.ts';

/**
 * One connection and its prepared statements. Everything here is synchronous, and no statement is ever left
 * open: an open one would pin its snapshot and keep the write-ahead log from being emptied.
 */
export class SqliteConnection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<TablePlan, Map<string, StatementSync>>();
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;

  constructor(path: string, options: DatabaseSyncOptions, begin: 'BEGIN' | 'BEGIN IMMEDIATE') {
    this.database = new DatabaseSync(path, options);
    this.#begin = this.database.prepare(begin);
    this.#commit = this.database.prepare('COMMIT');
  }

  begin(): void {
    this.#begin.run();
  }

  commit(): void {
    this.#commit.run();
  }

  get(plan: TablePlan, key: readonly StoreValue[]): StoredRow | undefined {
    return toRow(plan, this.#prepare(plan, 'get', selectByKey).get(...key));
  }

  select(plan: TablePlan, range: RangePlan): StoredRow[] {
    const statement = this.#prepare(plan, `select ${rangeShape(range)}`, () => selectRange(plan, range));
    const rows: StoredRow[] = [];
    for (const values of statement.all(...boundValues(range))) {
      const row = toRow(plan, values);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  count(plan: TablePlan, range: RangePlan): number {
    const statement = this.#prepare(plan, `count ${rangeShape(range)}`, () => countRange(plan, range));
    const values: unknown = statement.get(...boundValues(range));
    return Array.isArray(values) ? Number(values[0]) : 0;
  }

  insert(plan: TablePlan, row: readonly StoreValue[]): void {
    this.#prepare(plan, 'insert', insertRow).run(...row);
  }

  put(plan: TablePlan, row: readonly StoreValue[]): void {
    this.#prepare(plan, 'put', putRow).run(...row);
  }

  /** Returns whether there was a row. */
  update(plan: TablePlan, key: readonly StoreValue[], change: StoredRow): boolean {
    const columns = Object.keys(change);
    if (columns.length === 0) return this.get(plan, key) !== undefined;
    const statement = this.#prepare(plan, `update ${columns.join(' ')}`, () => updateByKey(plan, columns));
    return statement.run(...Object.values(change), ...key).changes !== 0;
  }

  delete(plan: TablePlan, key: readonly StoreValue[]): void {
    this.#prepare(plan, 'delete', deleteByKey).run(...key);
  }

  deleteRange(plan: TablePlan, range: RangePlan): void {
    const statement = this.#prepare(plan, `delete ${rangeShape(range)}`, () => deleteRange(plan, range));
    statement.run(...boundValues(range));
  }

  close(): void {
    this.database.close();
  }

  #prepare(plan: TablePlan, shape: string, text: (plan: TablePlan) => string): StatementSync {
    let statements = this.#statements.get(plan);
    if (statements === undefined) {
      statements = new Map();
      this.#statements.set(plan, statements);
    }
    let statement = statements.get(shape);
    if (statement === undefined) {
      statement = this.database.prepare(text(plan));
      statement.setReturnArrays(true);
      statements.set(shape, statement);
    }
    return statement;
  }
}

/** In the order of the placeholders. */
const boundValues = ({ where, bounds, limit }: RangePlan): StoreValue[] => {
  const values: StoreValue[] = where.filter((value) => value !== null);
  for (const { value } of bounds) values.push(value);
  if (limit !== undefined) values.push(limit);
  return values;
};

/**
 * Makes a row of an array of values. The driver's own row objects have no prototype and are dictionaries
 * inside: slower to make, to read and to keep.
 */
const toRow = (plan: TablePlan, values: unknown): StoredRow | undefined => {
  if (!Array.isArray(values)) return undefined;
  const row: { [column: string]: StoreValue } = {};
  let i = 0;
  for (const { name } of plan.columns) row[name] = values[i++];
  return row;
};
