/**
 * Works through the PDUs that were acknowledged, room by room. Other servers are asked for what is missing
 * outside the writers' queue, so that a slow one keeps nobody from writing. A staged PDU goes away
 * in the transaction that gives it its verdict; one whose ancestors can't be had now is tried again later.
 */
import {
  type EventId,
  isJsonObject,
  type Pdu,
  parseJson,
  type RoomId,
  type ServerName,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { type Appended, publishAppended } from '../rooms/append-event.ts';
import { roomById } from '../rooms/current-state.ts';
import { type ReceiveVerdict, receivePdu } from '../rooms/receive-pdu.ts';
import { type RoomRow, stagedPdus } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { fetchMissing } from './fetch-missing-events.ts';

/** PDUs of one room in one commit. */
const BATCH = 50;
/** Pause before a PDU with missing ancestors is tried again; doubles up to the longest. */
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 10 * 60_000;
/** After so long without its ancestors an event is given up: about two days of tries. */
const GIVE_UP_AFTER_MS = 48 * 3600 * 1000;

type StagedRow = RowOf<typeof stagedPdus>;
type Blocked = Extract<ReceiveVerdict, { kind: 'missing' }> & { readonly row: StagedRow };

/** Works until nothing of the room can be done now. Never throws; faults of ours are logged. */
export const drainStaged = (engine: Engine, roomId: string): Promise<void> =>
  engine.stagedQueue
    .run(roomId, () => drain(engine, roomId))
    .catch((error: unknown) => {
      if (!engine.signal.aborted) engine.log.error('staged events not processed', error, { room_id: roomId });
    });

const drain = async (engine: Engine, roomId: string): Promise<void> => {
  let after = 0;
  // What comes for a room that is being joined waits until we are in.
  while (!engine.signal.aborted && !engine.joining.has(roomId)) {
    const batch = await engine.roomQueue.run(roomId, () => processBatch(engine, roomId, after));
    publishAppended(engine, batch.appended);
    if (batch.blocked !== undefined) {
      const { row } = batch.blocked;
      const helped = await fetchMissing(engine, {
        roomId: roomId as RoomId,
        eventId: row.event_id as EventId,
        pdu: pduOf(row),
        origin: row.origin as ServerName,
        prevEvents: batch.blocked.prevEvents,
        authEvents: batch.blocked.authEvents,
      });
      if (helped) after = row.sequence - 1;
      else {
        await postpone(engine, row);
        after = row.sequence;
      }
    } else if (batch.last === undefined || batch.isEnd) return;
    else after = batch.last;
  }
};

const processBatch = async (engine: Engine, roomId: string, after: number) =>
  engine.store.transact(async (tx) => {
    const appended: Appended[] = [];
    const rows = await tx.scan(stagedPdus, {
      index: 'by_room',
      where: { room_id: roomId },
      gt: after,
      limit: BATCH,
    });
    let room = await roomById(tx, roomId);
    let last: number | undefined;
    let blocked: Blocked | undefined;
    for (const row of rows) {
      const verdict = room && (await receiveStaged(engine, tx, room, row));
      if (verdict?.kind === 'missing') {
        blocked = { ...verdict, row };
        break;
      }
      last = row.sequence;
      if (verdict === undefined || verdict.kind === 'duplicate') continue;
      appended.push(verdict.appended);
      room = verdict.appended.room;
      if (verdict.kind !== 'accepted') {
        engine.log.info(`event ${verdict.kind}`, {
          room_id: roomId,
          event_id: row.event_id,
          origin: row.origin,
          reason: verdict.reason,
        });
      }
    }
    if (last !== undefined) {
      await tx.deleteRange(stagedPdus, {
        index: 'by_room',
        where: { room_id: roomId },
        gt: after,
        lte: last,
      });
    }
    return { appended, last, blocked, isEnd: rows.length < BATCH };
  });

const receiveStaged = (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  row: StagedRow,
): Promise<ReceiveVerdict> => {
  const verified = { eventId: row.event_id as EventId, pdu: pduOf(row) };
  return receivePdu(engine, tx, room, verified, { json: row.json });
};

const pduOf = (row: StagedRow): Pdu => {
  const parsed = parseJson(row.json);
  if (!parsed.ok || !isJsonObject(parsed.value))
    throw new Error(`staged event ${row.sequence} is unreadable`);
  return parsed.value as Pdu;
};

const postpone = async (engine: Engine, row: StagedRow): Promise<void> => {
  const age = engine.clock.now() - row.received_ts;
  if (age > GIVE_UP_AFTER_MS) {
    engine.log.warn('event given up: its ancestors can not be had', { event_id: row.event_id });
    await engine.store.transact((tx) => tx.delete(stagedPdus, { sequence: row.sequence }));
    return;
  }
  const pause = Math.min(Math.max(FIRST_RETRY_MS, age), LONGEST_RETRY_MS);
  engine.clock.schedule(pause, () => void drainStaged(engine, row.room_id));
};

/** Takes up what was acknowledged before a restart. */
export const resumeStaged = async (engine: Engine): Promise<void> => {
  const rooms = await engine.store.read(async (reader) => {
    const found: string[] = [];
    for (let last = ''; ; ) {
      const row = await reader.first(stagedPdus, { index: 'by_room', gt: last });
      if (row === undefined) return found;
      found.push(row.room_id);
      last = row.room_id;
    }
  });
  for (const roomId of rooms) void drainStaged(engine, roomId);
};
