/**
 * What may enter a Store. The types say it already, but rows are built from what other servers send, and a
 * database that quietly rounds an integer or replaces half a surrogate pair by U+FFFD changes an event's
 * hash. So every implementation checks each value before it is stored or compared.
 */
import type { ColumnPlan, StoredRow, StoreValue, TablePlan } from './table-plan.ts';

/** The value, if the column can hold it: a safe integer, well-formed text, bytes, or null where allowed. */
export const checkValue = (plan: TablePlan, column: ColumnPlan, value: unknown): StoreValue => {
  switch (typeof value) {
    case 'number':
      if (column.kind === 'integer' && Number.isSafeInteger(value)) return value;
      break;
    case 'string':
      if (column.kind === 'text' && value.isWellFormed()) return value;
      break;
    case 'object':
      if (value === null && column.nullable) return value;
      if (value instanceof Uint8Array && column.kind === 'blob') return value;
  }
  throw new TypeError(`${plan.name}.${column.name} is ${describeColumn(column)}, not ${describe(value)}`);
};

/** All columns of a row, in the order of the declaration. */
export const checkRow = (plan: TablePlan, row: object): StoreValue[] => {
  const given = new Map(Object.entries(row));
  const values = plan.columns.map((column) => checkValue(plan, column, given.get(column.name)));
  if (given.size !== values.length) refuseUnknown(plan, given.keys());
  return values;
};

/** The columns of a key, in its order. A whole row is not a key. */
export const checkKey = (plan: TablePlan, key: object): StoreValue[] => {
  const given: { readonly [column: string]: unknown } = { ...key };
  const values = plan.key.map((column) => checkValue(plan, column, given[column.name]));
  for (const name in given) {
    if (!plan.key.some((column) => column.name === name)) {
      throw new TypeError(`${plan.name}.${name} is not part of the key`);
    }
  }
  return values;
};

/** The columns an update changes. The key of a row never changes. */
export const checkChange = (plan: TablePlan, change: object): StoredRow => {
  const checked: { [column: string]: StoreValue } = {};
  for (const [name, value] of Object.entries(change)) {
    const column = plan.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw new TypeError(`${plan.name} has no column ${JSON.stringify(name)}`);
    if (plan.key.includes(column)) throw new TypeError(`${plan.name}.${name} is part of the key`);
    checked[name] = checkValue(plan, column, value);
  }
  return checked;
};

const refuseUnknown = (plan: TablePlan, names: Iterable<string>): void => {
  for (const name of names) {
    if (!plan.columns.some((column) => column.name === name)) {
      throw new TypeError(`${plan.name} has no column ${JSON.stringify(name)}`);
    }
  }
};

const describeColumn = ({ kind, nullable }: ColumnPlan): string => {
  const what = { integer: 'a safe integer', text: 'well-formed text', blob: 'a Uint8Array' }[kind];
  return nullable ? `${what} or null` : what;
};

/** Names the fault without quoting text: rows hold what people wrote. */
const describe = (value: unknown): string => {
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'string') return value.isWellFormed() ? 'text' : 'text with a lone surrogate';
  return value === null ? 'null' : typeof value;
};
