/**
 * Fixes what the next transaction to a server is: its ID and its bytes are on disk before its first sending, so that it
 * is the same after a restart. Only EDUs that are newest-only and alone need no durability.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#transactions
 */
import { type JsonObject, lenientCanonicalJson } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { eduCursors } from '../store/device-tables.ts';
import { destinations, outbox } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { type DestinationRow, newDestination } from './destination.ts';
import { SetMembers } from './destination-sets.ts';
import {
  type EduCursor,
  MAX_DURABLE_EDUS,
  type NextEdus,
  nextEdus,
  NOT_ISOLATING,
  NOTHING_FROZEN,
} from './durable-edus.ts';
import { transactionBody } from './isolate-poison.ts';

const MAX_PDUS = 50;
/** Those of the log, and those that are newest-only. */
export const MAX_EDUS = 100;
/** Outbox rows looked at in one step for a destination that is behind. */
const OUTBOX_PAGE = 500;

/** Where both logs stand for a server, and the transaction that is frozen. */
export type Standing = {
  readonly row: DestinationRow;
  /** Undefined for a server that never got any of those EDUs. */
  readonly edus: EduCursor | undefined;
};

/** A transaction. `times`: when its events were made, in milliseconds; `taken`: of the EDUs that are newest-only so many. */
export type Frozen = Standing & { readonly times: readonly number[]; readonly taken: number };

export const standingOf = async (reader: StoreReader, server_nid: number): Promise<Standing> => ({
  row: (await reader.get(destinations, { server_nid })) ?? newDestination(server_nid, 0),
  edus: await reader.get(eduCursors, { server_nid }),
});

/** While one event or EDU is looked for that is refused, nothing else is beside it. */
export const isIsolating = ({ row, edus }: Standing): boolean =>
  row.isolating_limit !== null || (edus?.isolating_limit ?? null) !== null;

/** Whether the frozen transaction has something that must arrive. */
export const isDurable = ({ row, edus }: Standing): boolean =>
  row.txn_cursor !== row.cursor || (edus !== undefined && edus.txn_count > 0);

/** Fixes the next transaction; undefined when there is nothing to send. */
export const freezeTransaction = async (
  engine: Engine,
  standing: Standing,
  newestOnly: readonly JsonObject[],
): Promise<Frozen | undefined> => {
  const { row } = standing;
  const { pdus, edus } = await engine.store.read((reader) => nextContent(engine, reader, standing));
  const log = edus?.edus ?? [];
  const beside = newestOnly.slice(0, MAX_EDUS - log.length);
  if (pdus.pdus.length + log.length + beside.length === 0) {
    await noteReached(engine, standing, pdus.cursor, edus?.cursor);
    return undefined;
  }
  const frozen: DestinationRow = {
    ...row,
    txn_id: `${engine.clock.now()}-${crypto.randomUUID()}`,
    txn_body: transactionBody(
      { origin: engine.serverName, origin_server_ts: engine.clock.now(), pdus: pdus.pdus },
      [...log, ...beside.map((edu) => lenientCanonicalJson(edu))],
    ),
    txn_cursor: pdus.cursor,
  };
  const moved = standing.edus && {
    ...standing.edus,
    txn_cursor: edus === undefined || edus.cursor === standing.edus.cursor ? null : edus.cursor,
    txn_count: log.length,
  };
  if (pdus.pdus.length + log.length > 0) {
    await engine.store.transact(async (tx) => {
      await tx.put(destinations, frozen);
      if (moved !== undefined && moved.txn_cursor !== null) await tx.put(eduCursors, moved);
    });
  }
  const times = pdus.pdus.map(({ origin_server_ts }) => Number(origin_server_ts));
  return { row: frozen, edus: moved, times, taken: beside.length };
};

type NextContent = { readonly pdus: NextPdus; readonly edus: NextEdus | undefined };

const nextContent = async (
  engine: Engine,
  reader: StoreReader,
  { row, edus }: Standing,
): Promise<NextContent> => {
  if (row.isolating_limit !== null) return { pdus: await nextPdus(engine, reader, row), edus: undefined };
  if (edus === undefined) return { pdus: await nextPdus(engine, reader, row), edus: undefined };
  const { isolating_limit } = edus;
  return {
    pdus: isolating_limit === null ? await nextPdus(engine, reader, row) : { ...NO_PDUS, cursor: row.cursor },
    edus: await nextEdus(reader, edus, isolating_limit ?? MAX_DURABLE_EDUS),
  };
};

/** Nothing is for this server up to here; and what was looked for was not met again. */
const noteReached = async (
  engine: Engine,
  { row, edus }: Standing,
  cursor: number,
  eduCursor: number | undefined,
): Promise<void> => {
  const hasMoved = cursor > row.cursor || row.isolating_limit !== null;
  const eduHasMoved =
    edus !== undefined &&
    eduCursor !== undefined &&
    (eduCursor > edus.cursor || edus.isolating_limit !== null);
  if (!hasMoved && !eduHasMoved) return;
  await engine.store.transact(async (tx) => {
    if (hasMoved) await tx.put(destinations, { ...row, cursor, ...NOT_ISOLATING });
    if (!eduHasMoved) return;
    await tx.put(eduCursors, { ...edus, cursor: eduCursor, ...NOTHING_FROZEN, ...NOT_ISOLATING });
  });
};

export type NextPdus = {
  readonly pdus: readonly JsonObject[];
  readonly cursor: number;
  readonly firstNid: number | undefined;
};

const NO_PDUS = { pdus: [], firstNid: undefined } as const;

/** The events that are next for a server, and how far the outbox has nothing else for it. */
export const nextPdus = async (
  engine: Engine,
  reader: StoreReader,
  row: DestinationRow,
): Promise<NextPdus> => {
  const pdus: JsonObject[] = [];
  const members = new SetMembers(reader);
  const most = row.isolating_limit ?? MAX_PDUS;
  let firstNid: number | undefined;
  let cursor = row.cursor;
  for (;;) {
    const rows = await reader.scan(outbox, { gt: cursor, limit: OUTBOX_PAGE });
    for (const entry of rows) {
      if ((await members.of(entry.destination_set)).includes(row.server_nid)) {
        if (pdus.length === most) return { pdus, cursor, firstNid };
        firstNid ??= entry.event_nid;
        pdus.push((await engine.events.byNid(reader, entry.event_nid)).pdu);
      }
      cursor = entry.position;
    }
    if (rows.length < OUTBOX_PAGE) return { pdus, cursor, firstNid };
  }
};

/** Servers that something of the outbox waits for, also such as are in no room any more since their last member was banned. */
export const serversThatLackEvents = async (reader: StoreReader): Promise<ReadonlySet<number>> => {
  const newest = new Map<number, number>();
  for (let after = 0; ; ) {
    const rows = await reader.scan(outbox, { gt: after, limit: OUTBOX_PAGE });
    for (const { destination_set, position } of rows) newest.set(destination_set, position);
    if (rows.length < OUTBOX_PAGE) break;
    after = rows.at(-1)?.position ?? after;
  }
  const members = new SetMembers(reader);
  const lacking = new Set<number>();
  for (const [destination_set, position] of newest) {
    for (const server_nid of await members.of(destination_set)) {
      if (((await reader.get(destinations, { server_nid }))?.cursor ?? 0) < position) lacking.add(server_nid);
    }
  }
  return lacking;
};

/** When the events of a transaction were made that was frozen before this start. */
export const timesIn = (body: string): readonly number[] => {
  const { pdus } = JSON.parse(body) as { readonly pdus: readonly JsonObject[] };
  return pdus.map(({ origin_server_ts }) => Number(origin_server_ts));
};
