/**
 * EDUs that must arrive: messages for devices, changes of device lists and of cross-signing keys. They are a log beside
 * the outbox of events, and their own cursor per destination says how far each server has it.
 */
import { type JsonObject, lenientCanonicalJson } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { eduCursors, eduOutbox, edusSetAside } from '../store/device-tables.ts';
import { outbox } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { noteDestinations } from './destination.ts';
import { internSet, SetMembers } from './destination-sets.ts';

export type EduCursor = RowOf<typeof eduCursors>;

/** An EDU for these servers, of which ours is none. */
export type DurableEdu = {
  readonly serverNids: readonly number[];
  readonly edu: { readonly edu_type: string; readonly content: JsonObject };
};

/** Together with what is newest only, see `MAX_EDUS` of `freeze-transaction`. */
export const MAX_DURABLE_EDUS = 100;
/** Of the EDUs in one transaction. Beside 50 PDUs of 64 KiB it stays below what servers take: 13 MiB, as Synapse does. */
const MAX_BYTES = 1024 * 1024;
/** Rows of the log that are looked at in one step; one can be as large as an event. */
const PAGE = 100;

/** Writes them to the log, in the caller's transaction; returns the servers to be woken after its commit. */
export const enqueueEdus = async (
  engine: Engine,
  tx: StoreTx,
  edus: readonly DurableEdu[],
): Promise<readonly number[]> => {
  const woken = new Set<number>();
  for (const { serverNids, edu } of edus) {
    if (serverNids.length === 0) continue;
    const destinations = [...new Set(serverNids)].toSorted((a, b) => a - b);
    const position = await tx.next('edu_outbox');
    await noteCursors(engine, tx, destinations, position);
    await tx.insert(eduOutbox, {
      position,
      destination_set: await internSet(tx, destinations),
      edu: lenientCanonicalJson(edu),
      queued_ts: engine.clock.now(),
    });
    for (const nid of destinations) woken.add(nid);
  }
  return [...woken];
};

/** A server that never got anything skips all before it, in both logs. */
const noteCursors = async (engine: Engine, tx: StoreTx, serverNids: readonly number[], position: number) => {
  const newest = await tx.first(outbox, { reverse: true });
  await noteDestinations(tx, serverNids, (newest?.position ?? 0) + 1, engine.outbound.noted);
  for (const server_nid of serverNids) {
    if ((await tx.get(eduCursors, { server_nid })) !== undefined) continue;
    await tx.insert(eduCursors, { server_nid, cursor: position - 1, ...NOTHING_FROZEN, ...NOT_ISOLATING });
  }
};

export const NOTHING_FROZEN = { txn_cursor: null, txn_count: 0 } as const;
export const NOT_ISOLATING = { isolating_limit: null, isolating_until: null } as const;

export type NextEdus = {
  /** As they stand in a transaction. */
  readonly edus: readonly string[];
  /** Up to here nothing else is for this server. */
  readonly cursor: number;
  /** Position of the first of them. */
  readonly first: number | undefined;
};

/** What is next for a server: so many, and not too large together. A single one is taken whatever its size. */
export const nextEdus = async (reader: StoreReader, row: EduCursor, most: number): Promise<NextEdus> => {
  const members = new SetMembers(reader);
  const edus: string[] = [];
  let bytes = 0;
  let first: number | undefined;
  let cursor = row.cursor;
  for (;;) {
    const rows = await reader.scan(eduOutbox, { gt: cursor, limit: PAGE });
    for (const { position, destination_set, edu } of rows) {
      if ((await members.of(destination_set)).includes(row.server_nid)) {
        bytes += Buffer.byteLength(edu);
        if (edus.length === most || (edus.length > 0 && bytes > MAX_BYTES)) return { edus, cursor, first };
        first ??= position;
        edus.push(edu);
      }
      cursor = position;
    }
    if (rows.length < PAGE) return { edus, cursor, first };
  }
};

/** Servers that something of the log waits for. */
export const serversThatLackEdus = async (reader: StoreReader): Promise<ReadonlySet<number>> => {
  const cursors = new Map((await reader.scan(eduCursors, {})).map((row) => [row.server_nid, row.cursor]));
  const members = new SetMembers(reader);
  const lacking = new Set<number>();
  for (let after = Math.min(...cursors.values()); Number.isFinite(after); ) {
    const rows = await reader.scan(eduOutbox, { gt: after, limit: PAGE });
    for (const { position, destination_set } of rows) {
      for (const nid of await members.of(destination_set)) {
        if ((cursors.get(nid) ?? position) < position) lacking.add(nid);
      }
      after = position;
    }
    if (rows.length < PAGE) break;
  }
  for (const { server_nid } of await reader.scan(edusSetAside, {
    index: 'by_age',
    where: { confirmed: 0 },
  })) {
    lacking.add(server_nid);
  }
  return lacking;
};
