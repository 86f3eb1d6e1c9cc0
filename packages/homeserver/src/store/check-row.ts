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
  if (!isRecord(row)) throw new TypeError('not a row');
  const values: StoreValue[] = [];
  for (const column of plan.columns) values.push(checkValue(plan, column, row[column.name]));
  let given = 0;
  for (const _ in row) given++;
  if (given !== values.length) refuseUnknown(plan, Object.keys(row));
  return values;
};

/** The columns of a key, in its order. A whole row also names its key. */
export const checkKey = (plan: TablePlan, key: object): StoreValue[] => {
  if (!isRecord(key)) throw new TypeError('not a key');
  const values: StoreValue[] = [];
  for (const column of plan.key) values.push(checkValue(plan, column, key[column.name]));
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

const isRecord = (value: object): value is { readonly [name: string]: unknown } => !Array.isArray(value);

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
