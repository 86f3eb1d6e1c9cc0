import { checkChange, checkKey, checkRow } from './check-row.ts';
import { compareValues } from './compare-values.ts';
import { planRange, type RangePlan } from './range-plan.ts';
import type { Range, Store, StoreReader, StoreTx } from './store.ts';
import type { KeyOf, RowOf, Table } from './table.ts';
import { type OrderPlan, planTables, type StoredRow, type StoreValue, type TablePlan } from './table-plan.ts';
import { UniqueViolationError } from './unique-violation-error.ts';

/**
 * A Store in memory: what every other Store does, said as plainly as possible.
 *
 * Each order of a table is a sorted array of the same frozen rows. What is committed is never changed: a
 * transaction copies an array before its first write to it, so a reader keeps its snapshot, and undoing a
 * transaction is forgetting its copies.
 */
export const createMemoryStore = (tables: readonly Table[]): Store => {
  const planOf = planTables(tables);
  let committed: Contents = { rows: new Map(), sequences: new Map() };
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  const refuseWhenClosed = () => {
    if (closed) throw new Error('the store is closed');
  };

  return {
    read: async (body) => {
      refuseWhenClosed();
      const reader = new MemoryReader(planOf, committed);
      try {
        return await body(reader);
      } finally {
        reader.end();
      }
    },
    transact: async (body) => {
      refuseWhenClosed();
      const turn = last.then(async () => {
        const contents = { rows: new Map(committed.rows), sequences: new Map(committed.sequences) };
        const tx = new MemoryTx(planOf, contents);
        try {
          const result = await body(tx);
          committed = contents;
          return result;
        } finally {
          tx.end();
        }
      });
      last = turn.catch(() => {});
      return turn;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await last;
    },
  };
};

type SortedRows = readonly StoredRow[];

type Contents = {
  readonly rows: Map<OrderPlan, SortedRows>;
  readonly sequences: Map<string, number>;
};

class MemoryReader implements StoreReader {
  protected readonly contents: Contents;
  readonly #planOf: (table: Table) => TablePlan;
  #ended = false;

  constructor(planOf: (table: Table) => TablePlan, contents: Contents) {
    this.#planOf = planOf;
    this.contents = contents;
  }

  end(): void {
    this.#ended = true;
  }

  protected refuseWhenEnded(): void {
    if (this.#ended) throw new Error('this transaction has ended');
  }

  protected plan(table: Table): TablePlan {
    this.refuseWhenEnded();
    return this.#planOf(table);
  }

  async get<T extends Table>(table: T, key: KeyOf<T>): Promise<RowOf<T> | undefined> {
    const plan = this.plan(table);
    const values = checkKey(plan, key);
    const rows = this.rows(plan.keyOrder);
    const row = rows[lowerBound(rows, plan.keyOrder, values)];
    return row && startsWith(row, plan.keyOrder, values) ? handOut<T>(row) : undefined;
  }

  async first<T extends Table>(table: T, range: Range<T>): Promise<RowOf<T> | undefined> {
    const [row] = this.select(
      planRange(this.plan(table), { ...range, limit: Math.min(range.limit ?? 1, 1) }),
    );
    return row && handOut<T>(row);
  }

  async scan<T extends Table>(table: T, range: Range<T>): Promise<readonly RowOf<T>[]> {
    return this.select(planRange(this.plan(table), range)).map((row) => handOut<T>(row));
  }

  async count<T extends Table>(table: T, range: Range<T>): Promise<number> {
    return this.select(planRange(this.plan(table), range)).length;
  }

  protected rows(order: OrderPlan): SortedRows {
    return this.contents.rows.get(order) ?? [];
  }

  protected select(range: RangePlan): SortedRows {
    const { order, reverse, limit } = range;
    const rows = this.rows(order);
    const begin = firstIndex(rows, (row) => sideOf(row, range) >= 0);
    const end = firstIndex(rows, (row) => sideOf(row, range) > 0);
    const count = Math.min(end - begin, limit ?? Number.POSITIVE_INFINITY);
    return reverse ? rows.slice(end - count, end).reverse() : rows.slice(begin, begin + count);
  }
}

class MemoryTx extends MemoryReader implements StoreTx {
  readonly #copied = new Map<OrderPlan, StoredRow[]>();

  async insert<T extends Table>(table: T, row: RowOf<T>): Promise<void> {
    const plan = this.plan(table);
    this.#add(plan, takeIn(plan, checkRow(plan, row)));
  }

  async put<T extends Table>(table: T, row: RowOf<T>): Promise<void> {
    const plan = this.plan(table);
    const taken = takeIn(plan, checkRow(plan, row));
    this.#replace(plan, this.#find(plan, valuesOf(taken, plan.keyOrder)), taken);
  }

  async update<T extends Table>(table: T, key: KeyOf<T>, change: Partial<RowOf<T>>): Promise<boolean> {
    const plan = this.plan(table);
    const checked = checkChange(plan, change);
    const row = this.#find(plan, checkKey(plan, key));
    if (row === undefined) return false;
    const changed = { ...row, ...checked };
    this.#replace(plan, row, takeIn(plan, checkRow(plan, changed)));
    return true;
  }

  async delete<T extends Table>(table: T, key: KeyOf<T>): Promise<void> {
    const plan = this.plan(table);
    const row = this.#find(plan, checkKey(plan, key));
    if (row !== undefined) this.#remove(plan, row);
  }

  async deleteRange<T extends Table>(table: T, range: Range<T>): Promise<void> {
    const plan = this.plan(table);
    const doomed = new Set(this.select(planRange(plan, range)));
    if (doomed.size === 0) return;
    for (const order of [plan.keyOrder, ...plan.orders.values()]) {
      const left = this.rows(order).filter((row) => !doomed.has(row));
      this.#copied.set(order, left);
      this.contents.rows.set(order, left);
    }
  }

  async next(sequence: string): Promise<number> {
    this.refuseWhenEnded();
    if (sequence === '' || !sequence.isWellFormed()) throw new TypeError('not a name of a sequence');
    const value = (this.contents.sequences.get(sequence) ?? 0) + 1;
    this.contents.sequences.set(sequence, value);
    return value;
  }

  #find(plan: TablePlan, key: readonly StoreValue[]): StoredRow | undefined {
    const rows = this.rows(plan.keyOrder);
    const row = rows[lowerBound(rows, plan.keyOrder, key)];
    return row && startsWith(row, plan.keyOrder, key) ? row : undefined;
  }

  #replace(plan: TablePlan, old: StoredRow | undefined, row: StoredRow): void {
    if (old !== undefined) this.#remove(plan, old);
    try {
      this.#add(plan, row);
    } catch (error) {
      if (old !== undefined) this.#add(plan, old);
      throw error;
    }
  }

  #add(plan: TablePlan, row: StoredRow): void {
    const orders = [plan.keyOrder, ...plan.orders.values()];
    if (orders.some((order) => this.#isTaken(order, row))) throw new UniqueViolationError(plan.name);
    for (const order of orders) {
      const rows = this.#writable(order);
      rows.splice(lowerBound(rows, order, valuesOf(row, order)), 0, row);
    }
  }

  #isTaken(order: OrderPlan, row: StoredRow): boolean {
    const values = valuesOf(row, order).slice(0, order.uniqueColumns);
    if (values.length === 0 || values.includes(null)) return false;
    const rows = this.rows(order);
    const other = rows[lowerBound(rows, order, values)];
    return other !== undefined && startsWith(other, order, values);
  }

  #remove(plan: TablePlan, row: StoredRow): void {
    for (const order of [plan.keyOrder, ...plan.orders.values()]) {
      const rows = this.#writable(order);
      rows.splice(lowerBound(rows, order, valuesOf(row, order)), 1);
    }
  }

  #writable(order: OrderPlan): StoredRow[] {
    let rows = this.#copied.get(order);
    if (rows === undefined) {
      rows = [...this.rows(order)];
      this.#copied.set(order, rows);
      this.contents.rows.set(order, rows);
    }
    return rows;
  }
}

const valuesOf = (row: StoredRow, order: OrderPlan): StoreValue[] =>
  order.columns.map((column) => row[column.name] ?? null);

/** Compares the first columns of an order, as many as there are values. */
const compareFirst = (row: StoredRow, order: OrderPlan, values: readonly StoreValue[]): number => {
  for (let i = 0; i < values.length; i++) {
    const difference = compareValues(row[order.columns[i]?.name ?? ''] ?? null, values[i] ?? null);
    if (difference !== 0) return difference;
  }
  return 0;
};

const startsWith = (row: StoredRow, order: OrderPlan, values: readonly StoreValue[]): boolean =>
  compareFirst(row, order, values) === 0;

/** Where the first row stands that is not below `values`. */
const lowerBound = (rows: SortedRows, order: OrderPlan, values: readonly StoreValue[]): number =>
  firstIndex(rows, (row) => compareFirst(row, order, values) >= 0);

/** The index of the first row that meets a condition which all rows after it meet too. */
const firstIndex = (rows: SortedRows, condition: (row: StoredRow) => boolean): number => {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row !== undefined && condition(row)) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** Whether a row stands before (-1), in (0) or after (1) a range. Null, the lowest value, meets no bound. */
const sideOf = (row: StoredRow, { order, where, bounds }: RangePlan): -1 | 0 | 1 => {
  const difference = compareFirst(row, order, where);
  if (difference !== 0) return difference < 0 ? -1 : 1;
  const value = row[order.columns[where.length]?.name ?? ''] ?? null;
  let side: -1 | 0 | 1 = 0;
  for (const bound of bounds) {
    if (value === null) return -1;
    const distance = compareValues(value, bound.value);
    if (bound.operator === '>' ? distance <= 0 : bound.operator === '>=' ? distance < 0 : false) return -1;
    if (bound.operator === '<' ? distance >= 0 : bound.operator === '<=' ? distance > 0 : false) side = 1;
  }
  return side;
};

/** The row as it is kept: bytes are copied, so that a later change of the caller's buffer has no effect. */
const takeIn = (plan: TablePlan, values: readonly StoreValue[]): StoredRow =>
  Object.freeze(
    Object.fromEntries(plan.columns.map((column, i) => [column.name, copyBytes(values[i] ?? null)])),
  );

/** The row as a caller gets it. `T` is the table it was stored in, with every value checked. */
const handOut = <T>(row: StoredRow): RowOf<T> => {
  const copy = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, copyBytes(value)]));
  return Object.freeze(copy) as RowOf<T>;
};

const copyBytes = (value: StoreValue): StoreValue =>
  value instanceof Uint8Array ? new Uint8Array(value) : Object.is(value, -0) ? 0 : value;
