/** The SQL text of every operation. Names come from checked table plans only; values are always bound. */
import type { ColumnPlan, OrderPlan, RangePlan, TablePlan } from '@causeway/homeserver';
import { layoutOf } from './layout.ts';

export const quote = (name: string): string => `"${name}"`;

const list = (columns: readonly ColumnPlan[]): string => columns.map(({ name }) => quote(name)).join(', ');

const equals = (columns: readonly ColumnPlan[]): string =>
  columns.map(({ name }) => `${quote(name)} = ?`).join(' AND ');

const indexName = (plan: TablePlan, index: string): string => `${plan.name}__${index}`;

/** The name of the unique index that is the key of a heap table; no declared index is called so. */
const keyIndexName = (plan: TablePlan): string => `${plan.name}__0key`;

// ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────

const columnType = ({ kind, nullable }: ColumnPlan): string =>
  `${{ integer: 'INTEGER', text: 'TEXT', blob: 'BLOB' }[kind]}${nullable ? '' : ' NOT NULL'}`;

export const createTable = (plan: TablePlan): string => {
  const layout = layoutOf(plan);
  const columns = plan.columns.map((column) => `${quote(column.name)} ${columnType(column)}`);
  if (layout !== 'heap') columns.push(`PRIMARY KEY (${list(plan.key)})`);
  return `CREATE TABLE ${quote(plan.name)} (${columns.join(', ')}) STRICT${
    layout === 'clustered' ? ', WITHOUT ROWID' : ''
  }`;
};

/** Rows that exist get null, or the empty value of the column's type. */
export const addColumn = (plan: TablePlan, column: ColumnPlan): string => {
  const empty = { integer: '0', text: "''", blob: "x''" }[column.kind];
  return `ALTER TABLE ${quote(plan.name)} ADD COLUMN ${quote(column.name)} ${columnType(column)}${
    column.nullable ? '' : ` DEFAULT ${empty}`
  }`;
};

/** Names and texts of the indexes of a table. */
export const createIndexes = (plan: TablePlan): Map<string, string> => {
  const isHeap = layoutOf(plan) === 'heap';
  const statements = new Map<string, string>();
  const add = (name: string, columns: readonly ColumnPlan[], unique: boolean) => {
    const kind = unique ? 'UNIQUE INDEX' : 'INDEX';
    statements.set(name, `CREATE ${kind} ${quote(name)} ON ${quote(plan.name)} (${list(columns)})`);
  };
  if (isHeap) add(keyIndexName(plan), plan.key, true);
  for (const [name, order] of plan.orders) {
    // SQLite itself adds the key to an index, except in a heap table.
    const own = plan.table.indexes[name]?.columns.length ?? 0;
    const columns = isHeap && order.uniqueColumns === 0 ? order.columns : order.columns.slice(0, own);
    add(indexName(plan, name), columns, order.uniqueColumns > 0);
  }
  return statements;
};

// ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────

export const selectByKey = (plan: TablePlan): string =>
  `SELECT ${list(plan.columns)} FROM ${quote(plan.name)} WHERE ${equals(plan.key)}`;

export const insertRow = (plan: TablePlan): string =>
  `INSERT INTO ${quote(plan.name)} (${list(plan.columns)}) VALUES (${plan.columns.map(() => '?').join(', ')})`;

/** Unlike INSERT OR REPLACE it leaves a row alone that has another key and the same value of an index. */
export const putRow = (plan: TablePlan): string => {
  const others = plan.columns.filter((column) => !plan.key.includes(column));
  const change = others.map(({ name }) => `${quote(name)} = excluded.${quote(name)}`).join(', ');
  return `${insertRow(plan)} ON CONFLICT (${list(plan.key)}) DO ${
    others.length > 0 ? `UPDATE SET ${change}` : 'NOTHING'
  }`;
};

export const updateByKey = (plan: TablePlan, columns: readonly string[]): string =>
  `UPDATE ${quote(plan.name)} SET ${columns.map((name) => `${quote(name)} = ?`).join(', ')} WHERE ${equals(plan.key)}`;

export const deleteByKey = (plan: TablePlan): string =>
  `DELETE FROM ${quote(plan.name)} WHERE ${equals(plan.key)}`;

// ── Ranges ──────────────────────────────────────────────────────────────────────────────────────────────

/** Two ranges of one shape have the same SQL text and differ in bound values only. */
export const rangeShape = ({ order, where, bounds, reverse, limit }: RangePlan): string => {
  let shape = order.index ?? '';
  for (const value of where) shape += value === null ? ' null' : ' =';
  for (const { operator } of bounds) shape += ` ${operator}`;
  if (reverse) shape += ' reverse';
  return limit === undefined ? shape : `${shape} limit`;
};

export const selectRange = (plan: TablePlan, range: RangePlan): string =>
  `SELECT ${list(plan.columns)} ${fromRange(plan, range)}${orderBy(range)}`;

export const countRange = (plan: TablePlan, range: RangePlan): string =>
  range.limit === undefined
    ? `SELECT count(*) ${fromRange(plan, range)}`
    : `SELECT count(*) FROM (SELECT 1 ${fromRange(plan, range)} ${LIMIT})`;

export const deleteRange = (plan: TablePlan, range: RangePlan): string =>
  range.limit === undefined
    ? `DELETE ${fromRange(plan, range)}`
    : `DELETE FROM ${quote(plan.name)} WHERE (${list(plan.key)}) IN (SELECT ${list(plan.key)} ${fromRange(plan, range)}${orderBy(range)})`;

/**
 * A bare `LIMIT ?` is slow: the planner looks at the bound value, so SQLite compiles the statement again
 * each time one is bound (three times the cost of reading a row). It can't see through a function.
 */
const LIMIT = 'LIMIT abs(?)';

/** The order decides the index, not the planner's guess. */
const fromRange = (plan: TablePlan, { order, where, bounds }: RangePlan): string => {
  const conditions = where.map((value, i) => `${at(order, i)} ${value === null ? 'IS NULL' : '= ?'}`);
  for (const { operator } of bounds) conditions.push(`${at(order, where.length)} ${operator} ?`);
  const condition = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  return `FROM ${quote(plan.name)} ${indexHint(plan, order)}${condition}`;
};

const indexHint = (plan: TablePlan, order: OrderPlan): string => {
  if (order.index !== undefined) return `INDEXED BY ${quote(indexName(plan, order.index))}`;
  return layoutOf(plan) === 'heap' ? `INDEXED BY ${quote(keyIndexName(plan))}` : 'NOT INDEXED';
};

const orderBy = ({ order, where, reverse, limit }: RangePlan): string => {
  const isOneRow = order.uniqueColumns > 0 && where.length >= order.uniqueColumns && !where.includes(null);
  const end = limit === undefined ? '' : ` ${LIMIT}`;
  if (isOneRow) return end;
  const direction = reverse ? ' DESC' : '';
  const columns = order.columns.slice(where.length).map(({ name }) => `${quote(name)}${direction}`);
  return `${columns.length > 0 ? ` ORDER BY ${columns.join(', ')}` : ''}${end}`;
};

const at = (order: OrderPlan, position: number): string => quote(order.columns[position]?.name ?? '');
