import type { Range, StoreTx } from '../store/store.ts';
import type { KeyOf, RowOf, Table } from '../store/table.ts';

/** Deletes the first rows of a range, at most `limit`; returns how many there were. */
export const deleteRows = async <T extends Table>(
  tx: StoreTx,
  table: T,
  range: Range<T> & { readonly limit: number },
  keyOf: (row: RowOf<T>) => KeyOf<T>,
): Promise<number> => {
  const rows = await tx.scan(table, range);
  for (const row of rows) await tx.delete(table, keyOf(row));
  return rows.length;
};
