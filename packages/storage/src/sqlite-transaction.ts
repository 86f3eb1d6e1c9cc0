import {
  checkChange,
  checkKey,
  checkRow,
  type KeyOf,
  planRange,
  type Range,
  type RowOf,
  type StoredRow,
  type StoreReader,
  type StoreTx,
  type Table,
  type TablePlan,
} from '@causeway/homeserver';
import type { Sequences } from './sequences.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { writeError } from './sqlite-error.ts';

/** What a transaction stands on. */
export type TransactionContext = {
  readonly planOf: (table: Table) => TablePlan;
  /** The connection, inside the transaction; throws when the transaction is over. */
  readonly connection: () => SqliteConnection;
};

/** Every operation is done at the time of the call; the promises only report it. */
export class SqliteReader implements StoreReader {
  protected readonly context: TransactionContext;

  constructor(context: TransactionContext) {
    this.context = context;
  }

  async get<T extends Table>(table: T, key: KeyOf<T>): Promise<RowOf<T> | undefined> {
    const plan = this.context.planOf(table);
    const row = this.context.connection().get(plan, checkKey(plan, key));
    return row && asRow<T>(row);
  }

  async first<T extends Table>(table: T, range: Range<T>): Promise<RowOf<T> | undefined> {
    const plan = this.context.planOf(table);
    const planned = planRange(plan, range);
    const limit = Math.min(planned.limit ?? 1, 1);
    const [row] = this.context.connection().select(plan, { ...planned, limit });
    return row && asRow<T>(row);
  }

  async scan<T extends Table>(table: T, range: Range<T>): Promise<readonly RowOf<T>[]> {
    const plan = this.context.planOf(table);
    return asRows<T>(this.context.connection().select(plan, planRange(plan, range)));
  }

  async count<T extends Table>(table: T, range: Range<T>): Promise<number> {
    const plan = this.context.planOf(table);
    return this.context.connection().count(plan, planRange(plan, range));
  }
}

export class SqliteTx extends SqliteReader implements StoreTx {
  readonly #sequences: Sequences;

  constructor(context: TransactionContext, sequences: Sequences) {
    super(context);
    this.#sequences = sequences;
  }

  async insert<T extends Table>(table: T, row: RowOf<T>): Promise<void> {
    const plan = this.context.planOf(table);
    const values = checkRow(plan, row);
    this.#write(plan, (connection) => connection.insert(plan, values));
  }

  async put<T extends Table>(table: T, row: RowOf<T>): Promise<void> {
    const plan = this.context.planOf(table);
    const values = checkRow(plan, row);
    this.#write(plan, (connection) => connection.put(plan, values));
  }

  async update<T extends Table>(table: T, key: KeyOf<T>, change: Partial<RowOf<T>>): Promise<boolean> {
    const plan = this.context.planOf(table);
    const checked = checkChange(plan, change);
    const values = checkKey(plan, key);
    return this.#write(plan, (connection) => connection.update(plan, values, checked));
  }

  async delete<T extends Table>(table: T, key: KeyOf<T>): Promise<void> {
    const plan = this.context.planOf(table);
    this.context.connection().delete(plan, checkKey(plan, key));
  }

  async deleteRange<T extends Table>(table: T, range: Range<T>): Promise<void> {
    const plan = this.context.planOf(table);
    this.context.connection().deleteRange(plan, planRange(plan, range));
  }

  async next(sequence: string): Promise<number> {
    this.context.connection();
    return this.#sequences.next(sequence);
  }

  #write<R>(plan: TablePlan, write: (connection: SqliteConnection) => R): R {
    const connection = this.context.connection();
    try {
      return write(connection);
    } catch (error) {
      throw writeError(plan.name, error);
    }
  }
}

/** The plan of table `T` made this row, column by column, from a table whose types are strict. */
const asRow = <T>(row: StoredRow): RowOf<T> => row as RowOf<T>;
const asRows = <T>(rows: StoredRow[]): readonly RowOf<T>[] => rows as RowOf<T>[];
