/**
 * Tables as data. A table is an ordered map from a key to a row; its indexes are further orders of the
 * same rows. Every Store implementation (memory, SQLite, PostgreSQL) is derived from these declarations.
 */

export type ColumnType = 'integer' | 'text' | 'blob' | 'integer?' | 'text?' | 'blob?';

type ColumnValue<C extends ColumnType> = C extends 'integer'
  ? number
  : C extends 'text'
    ? string
    : C extends 'blob'
      ? Uint8Array
      : C extends 'integer?'
        ? number | null
        : C extends 'text?'
          ? string | null
          : Uint8Array | null;

/** The columns of a table, with their types. */
export type Columns = { readonly [name: string]: ColumnType };

/** An index. (Its column names are checked where a table is declared.) */
export type TableIndex<Name extends string = string> = {
  readonly columns: readonly Name[];
  readonly unique?: boolean;
};

/** A table as it is declared, once for all stores. */
export type Table<
  C extends Columns = Columns,
  K extends keyof C & string = keyof C & string,
  I extends string = string,
> = {
  readonly name: string;
  readonly columns: C;
  /** The columns of the primary key, in order. */
  readonly key: readonly K[];
  readonly indexes: { readonly [name in I]: TableIndex };
};

/** A row: integers are safe integers, text is well-formed Unicode, blobs are bytes. */
export type RowOf<T> = T extends { readonly columns: infer C extends Columns }
  ? { readonly [name in keyof C]: ColumnValue<C[name]> }
  : never;

/** The primary key of a table, by column. */
export type KeyOf<T> = T extends {
  readonly columns: infer C extends Columns;
  readonly key: readonly (infer K)[];
}
  ? { readonly [name in K & keyof C]: ColumnValue<C[name]> }
  : never;

/** The names of a table's indexes. */
export type IndexOf<T> = T extends { readonly indexes: infer I } ? keyof I & string : never;

/** Declares a table; the declaration is its own documentation and its own migration. */
export const defineTable = <
  const C extends Columns,
  const K extends keyof C & string,
  const I extends string = never,
>(table: {
  readonly name: string;
  readonly columns: C;
  readonly key: readonly K[];
  readonly indexes?: { readonly [name in I]: TableIndex<keyof C & string> };
}): Table<C, K, I> => ({
  ...table,
  indexes: table.indexes ?? ({} as { readonly [name in I]: TableIndex }),
});
