/**
 * Purges the messages of a room that are older than a moment, in batches that let other writes through. How far
 * it has come is written with each batch, so that it goes on after a crash.
 */
import type { RoomId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomById, roomByNid } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { historyPurges, memberships, roomRetentions, timeline } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { facesAmong } from './orphaned-files.ts';
import { forgetNotifications, forgetParentsOf, isPurgeable, purgeEvent } from './purge-event.ts';
import { isOnItsWay } from './waiting-outbox.ts';
import { noSuchRoom } from '../refusals.ts';

/** Events looked at in one commit: about 20 ms of work when all of them go. */
const BATCH = 50;

type PurgeRow = RowOf<typeof historyPurges>;

/**
 * Begins to purge, inside a transaction of the host, so that it can note who did; `engine.upkeep` is woken after the
 * commit. A message goes by the time that its sender's server wrote on it. What another server still has to get
 * stays until it has it.
 *
 * @throws M_NOT_FOUND for a room that this server does not know
 */
export const startHistoryPurge = async (
  tx: StoreTx,
  { roomId, before }: { readonly roomId: RoomId; readonly before: number },
): Promise<void> => {
  const room = await roomById(tx, roomId);
  if (room === undefined) throw noSuchRoom(roomId);
  await beginPurge(tx, room.room_nid, { before, whole: 1 });
};

/** A purge that is under way and reaches further is left alone. */
export const beginPurge = async (
  tx: StoreTx,
  room_nid: number,
  { before, whole }: { readonly before: number; readonly whole: 0 | 1 },
): Promise<void> => {
  const running = await tx.get(historyPurges, { room_nid });
  if (running !== undefined && (running.before_ts >= before || whole === 0)) return;
  const after_position = Number.MIN_SAFE_INTEGER;
  await tx.put(historyPurges, { room_nid, before_ts: before, after_position, whole, purged: 0 });
};

/** Does all purges that were begun. */
export const continueHistoryPurges = async (engine: Engine): Promise<void> => {
  const rows = await engine.store.read((reader) => reader.scan(historyPurges, {}));
  for (const { room_nid } of rows) {
    while (!engine.signal.aborted && (await purgeBatch(engine, room_nid)));
  }
};

/** Returns whether there is more to do. */
const purgeBatch = async (engine: Engine, room_nid: number): Promise<boolean> => {
  const batch = await engine.store.read(async (reader) => {
    const job = await reader.get(historyPurges, { room_nid });
    const room = await roomByNid(reader, room_nid);
    return job && room && { job, room, ...(await readBatch(engine, reader, job)) };
  });
  if (batch === undefined) return false;
  const { job, room, old, last } = batch;
  const faces = await facesAmong(engine, old);
  await engine.store.transact(async (tx) => {
    const current = await tx.get(historyPurges, { room_nid });
    // Somebody asked for a longer purge meanwhile.
    if (current?.before_ts !== job.before_ts || current.whole !== job.whole) return;
    const positions: number[] = [];
    for (const { eventNid } of old) {
      const event = await engine.events.byNid(tx, eventNid);
      if (!isPurgeable(event)) await forgetParentsOf(tx, event);
      else if (!(await isOnItsWay(tx, eventNid))) {
        await purgeEvent(engine, tx, room, event, faces);
        if (event.position !== null) positions.push(event.position);
      }
    }
    await forgetNotifications(tx, room_nid, await localUsersOf(tx, room_nid), positions);
    if (positions.length > 0) await noteGone(tx, room_nid, job.before_ts);
    const purged = job.purged + positions.length;
    if (last === undefined) await finish(engine, tx, { ...job, purged });
    else await tx.put(historyPurges, { ...job, after_position: last, purged });
  });
  return last !== undefined;
};

const readBatch = async (
  engine: Engine,
  reader: StoreReader,
  { room_nid, after_position, before_ts, whole }: PurgeRow,
): Promise<{ readonly old: readonly StoredEvent[]; readonly last: number | undefined }> => {
  const rows = await reader.scan(timeline, { where: { room_nid }, gt: after_position, limit: BATCH });
  const old: StoredEvent[] = [];
  for (const { event_nid } of rows) {
    const event = await engine.events.byNid(reader, event_nid);
    if (event.pdu.origin_server_ts < before_ts) old.push(event);
  }
  const isEnd = rows.length < BATCH || (whole === 0 && old.length === 0);
  return { old, last: isEnd ? undefined : rows.at(-1)?.position };
};

/** Members are told that something is missing here, and until when. */
const noteGone = async (tx: StoreTx, room_nid: number, before: number): Promise<void> => {
  const known = await tx.get(roomRetentions, { room_nid });
  await tx.put(roomRetentions, {
    room_nid,
    max_age_ms: known?.max_age_ms ?? null,
    purged_before_ts: Math.max(before, known?.purged_before_ts ?? 0),
  });
};

const finish = async (engine: Engine, tx: StoreTx, { room_nid, purged }: PurgeRow): Promise<void> => {
  await tx.delete(historyPurges, { room_nid });
  if (purged > 0) engine.log.info('history purged', { room_nid, events: purged });
};

const localUsersOf = async (tx: StoreTx, room_nid: number): Promise<readonly number[]> => {
  const rows = await tx.scan(memberships, {
    index: 'by_membership',
    where: { room_nid, membership: 'join', local: 1 },
  });
  return rows.map((row) => row.user_nid);
};
