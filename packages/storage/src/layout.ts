import {
  accountData,
  filters,
  inboundTransactions,
  remoteMemberships,
  stateNodes,
  type Table,
  type TablePlan,
} from '@causeway/homeserver';

/**
 * How SQLite keeps the rows of a table.
 *
 * - `rowid`: the key is one integer and is the rowid: one B-tree, rows in its leaves.
 * - `clustered`: WITHOUT ROWID, the rows are in the B-tree of the key. Good for small rows: no second copy
 *   of the key and no second look-up.
 * - `heap`: rows in order of insertion and a unique index for the key. Good for large rows, which would
 *   leave a few entries per page of a clustered tree and spill out of it (https://sqlite.org/withoutrowid.html,
 *   section 5).
 */
export type Layout = 'rowid' | 'clustered' | 'heap';

/** Tables without an integer key whose rows are often larger than a tenth of a page. */
const largeRows: ReadonlySet<Table> = new Set<Table>([
  stateNodes,
  inboundTransactions,
  remoteMemberships,
  accountData,
  filters,
]);

export const layoutOf = (plan: TablePlan): Layout => {
  const [first, second] = plan.key;
  if (first?.kind === 'integer' && second === undefined) return 'rowid';
  return largeRows.has(plan.table) ? 'heap' : 'clustered';
};
