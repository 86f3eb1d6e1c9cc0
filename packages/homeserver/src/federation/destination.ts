import { destinations } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';

export type DestinationRow = RowOf<typeof destinations>;

/** A destination with nothing under way; outbox rows up to `cursor` are none of its business. */
export const newDestination = (server_nid: number, cursor: number): DestinationRow => ({
  server_nid,
  cursor,
  txn_id: null,
  txn_body: null,
  txn_cursor: null,
  failures: 0,
  first_failure_ts: null,
  next_attempt_ts: 0,
  last_success_ts: null,
  last_error: null,
  refusals: null,
  isolating_limit: null,
  isolating_until: null,
});

/** Makes rows for servers that get their first event with this outbox position: they skip all before it. */
export const noteDestinations = async (
  tx: StoreTx,
  serverNids: readonly number[],
  position: number,
  noted: Set<number>,
): Promise<void> => {
  for (const server_nid of serverNids) {
    if (noted.has(server_nid)) continue;
    if ((await tx.get(destinations, { server_nid })) === undefined) {
      await tx.insert(destinations, newDestination(server_nid, position - 1));
    }
    noted.add(server_nid);
  }
};
