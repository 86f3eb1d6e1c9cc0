/** Forgets outbox rows that every server they go to has. */
import type { Engine } from '../engine.ts';
import { decodeNids } from '../rooms/event-cache.ts';
import { destinationSets, destinations, outbox } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';

/** Rows looked at in one transaction, so that other writers get their turn. */
const PAGE = 500;

/** The newest rows stay whatever happened to them: they say who has what was sent lately. */
const KEPT_ROWS = 100_000;

/** Returns how many rows were forgotten. A row that one server still lacks stays, those after it may go. */
export const cleanOutbox = async (engine: Engine, kept: number = KEPT_ROWS): Promise<number> => {
  const newest = await engine.store.read((reader) => reader.first(outbox, { reverse: true }));
  const end = (newest?.position ?? 0) - kept;
  let forgotten = 0;
  for (let after = 0; after < end && !engine.signal.aborted; ) {
    const page = await engine.store.transact((tx) => cleanPage(tx, after, end));
    forgotten += page.forgotten;
    if (page.last === undefined) return forgotten;
    after = page.last;
  }
  return forgotten;
};

const cleanPage = async (tx: StoreTx, after: number, end: number) => {
  const rows = await tx.scan(outbox, { gt: after, lte: end, limit: PAGE });
  const reached = new Map<number, number>();
  let forgotten = 0;
  for (const row of rows) {
    const known = reached.get(row.destination_set);
    const everybodyHas = known ?? (await leastCursor(tx, row.destination_set));
    reached.set(row.destination_set, everybodyHas);
    if (row.position > everybodyHas) continue;
    await tx.delete(outbox, { position: row.position });
    forgotten++;
  }
  return { forgotten, last: rows.length < PAGE ? undefined : rows.at(-1)?.position };
};

/** The outbox position up to which all servers of a set have everything. */
const leastCursor = async (tx: StoreTx, destination_set: number): Promise<number> => {
  const set = await tx.get(destinationSets, { destination_set });
  let least = Number.MAX_SAFE_INTEGER;
  for (const server_nid of set === undefined ? [] : decodeNids(set.members)) {
    least = Math.min(least, (await tx.get(destinations, { server_nid }))?.cursor ?? 0);
  }
  return least;
};
