import type { IndexOf, KeyOf, RowOf, Table } from './table.ts';

/**
 * A range of a table in the order of its key, or of one of its indexes.
 *
 * `where` fixes the first columns of that order; `gt`, `gte`, `lt` and `lte` bound the column that follows
 * them. Rows come in that order, or from its end with `reverse`.
 */
export type Range<T> = {
  readonly index?: IndexOf<T>;
  readonly where?: Partial<RowOf<T>>;
  readonly gt?: number | string | Uint8Array;
  readonly gte?: number | string | Uint8Array;
  readonly lt?: number | string | Uint8Array;
  readonly lte?: number | string | Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
};

/** Reads one consistent snapshot. */
export interface StoreReader {
  /** The row with this primary key. */
  get<T extends Table>(table: T, key: KeyOf<T>): Promise<RowOf<T> | undefined>;
  /** The first row of a range, usually one that a unique index names. */
  first<T extends Table>(table: T, range: Range<T>): Promise<RowOf<T> | undefined>;
  /** All rows of a range. A caller that does not know its bound passes `limit`. */
  scan<T extends Table>(table: T, range: Range<T>): Promise<readonly RowOf<T>[]>;
  /** How many rows a range has. */
  count<T extends Table>(table: T, range: Range<T>): Promise<number>;
}

/** What a write transaction can do. It reads its own writes. */
export interface StoreTx extends StoreReader {
  /** Adds a row. A row with the same key, or the same value of a unique index, is a bug: it throws. */
  insert<T extends Table>(table: T, row: RowOf<T>): Promise<void>;
  /** Adds a row or replaces the one with the same key. */
  put<T extends Table>(table: T, row: RowOf<T>): Promise<void>;
  /** Changes some columns of the row with this key; returns whether there was one. */
  update<T extends Table>(table: T, key: KeyOf<T>, change: Partial<RowOf<T>>): Promise<boolean>;
  /** Deletes the row with this primary key, if there is one. */
  delete<T extends Table>(table: T, key: KeyOf<T>): Promise<void>;
  /** Deletes all rows of a range. */
  deleteRange<T extends Table>(table: T, range: Range<T>): Promise<void>;
  /**
   * The next number of a named sequence, from 1, never given twice (also not after a restart), rising in
   * the order of commits.
   */
  next(sequence: string): Promise<number>;
}

/**
 * Durable storage. Write transactions are serialised; waiting ones may share one durable commit, each in
 * its own savepoint, so that one that throws undoes only itself.
 */
export interface Store extends AsyncDisposable {
  /** Runs `body` on one snapshot of what was committed. */
  read<R>(body: (reader: StoreReader) => Promise<R>): Promise<R>;
  /**
   * Runs `body` and commits. The returned promise is fulfilled when the writes are on stable storage.
   * `body` awaits nothing but `tx`.
   */
  transact<R>(body: (tx: StoreTx) => Promise<R>): Promise<R>;
}
