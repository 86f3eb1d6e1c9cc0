import type { Table } from './table.ts';

/** What a column can hold. */
export type StoreValue = number | string | Uint8Array | null;

/** A row as implementations of the Store handle it, when its table is not known to the compiler. */
export type StoredRow = { readonly [column: string]: StoreValue };

/** A column, as stores make it. */
export type ColumnPlan = {
  readonly name: string;
  readonly kind: 'integer' | 'text' | 'blob';
  readonly nullable: boolean;
};

/** One order of a table's rows: that of its key (`index` is undefined) or of one of its indexes. */
export type OrderPlan = {
  readonly index: string | undefined;
  /** The columns that are compared: those of the index, then those of the key that it does not have. */
  readonly columns: readonly ColumnPlan[];
  /** How many of the first columns no two rows may share (unless one of them is null); 0 for any. */
  readonly uniqueColumns: number;
};

/** A table declaration, checked and made ready for use by an implementation of the Store. */
export type TablePlan = {
  readonly table: Table;
  readonly name: string;
  readonly columns: readonly ColumnPlan[];
  readonly key: readonly ColumnPlan[];
  readonly keyOrder: OrderPlan;
  readonly orders: ReadonlyMap<string, OrderPlan>;
};

/** Names are put between double quotes in SQL; this keeps them free of anything that needs escaping. */
const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * Checks a declared table and spells it out for stores.
 *
 * @throws TypeError for a declaration that contradicts itself
 */
export const planTable = (table: Table): TablePlan => {
  const fault = (what: string) => new TypeError(`table ${JSON.stringify(table.name)}: ${what}`);
  const byName = new Map<string, ColumnPlan>();
  for (const [name, type] of Object.entries(table.columns)) {
    if (!NAME.test(name)) throw fault(`${JSON.stringify(name)} is not a column name`);
    byName.set(name, planColumn(name, type));
  }
  const column = (name: string): ColumnPlan => {
    const found = byName.get(name);
    if (found === undefined) throw fault(`there is no column ${JSON.stringify(name)}`);
    return found;
  };
  if (!NAME.test(table.name)) throw fault('not a table name');
  if (table.key.length === 0) throw fault('no key');

  const key = table.key.map(column);
  if (key.some((part) => part.nullable)) throw fault('a column of the key may be null');
  const orders = new Map<string, OrderPlan>();
  for (const [name, index] of Object.entries(table.indexes)) {
    if (!NAME.test(name)) throw fault(`${JSON.stringify(name)} is not an index name`);
    const own = index.columns.map(column);
    if (own.length === 0 || new Set(own).size < own.length) throw fault(`index ${name} has wrong columns`);
    const columns = [...own, ...key.filter((part) => !own.includes(part))];
    orders.set(name, { index: name, columns, uniqueColumns: index.unique ? own.length : 0 });
  }
  return {
    table,
    name: table.name,
    columns: [...byName.values()],
    key,
    keyOrder: { index: undefined, columns: key, uniqueColumns: key.length },
    orders,
  };
};

const planColumn = (name: string, type: string): ColumnPlan => {
  const nullable = type.endsWith('?');
  const kind = nullable ? type.slice(0, -1) : type;
  if (kind !== 'integer' && kind !== 'text' && kind !== 'blob') {
    throw new TypeError(`column ${JSON.stringify(name)}: ${JSON.stringify(type)} is not a column type`);
  }
  return { name, kind, nullable };
};

/** The plans of the tables a store was opened with, by the identity of their declarations. */
export const planTables = (tables: readonly Table[]): ((table: Table) => TablePlan) => {
  const plans = new Map<Table, TablePlan>();
  const names = new Set<string>();
  for (const table of tables) {
    if (names.has(table.name)) throw new TypeError(`two tables are named ${JSON.stringify(table.name)}`);
    names.add(table.name);
    plans.set(table, planTable(table));
  }
  return (table) => {
    const plan = plans.get(table);
    if (plan === undefined) {
      throw new TypeError(`table ${JSON.stringify(table.name)} was not declared when the store was opened`);
    }
    return plan;
  };
};
