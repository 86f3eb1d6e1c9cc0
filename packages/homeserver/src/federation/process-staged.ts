/**
 * Works through the PDUs that were acknowledged, room by room. Other servers are asked for what is missing
 * outside the writers' queue, so that a slow one keeps nobody from writing. A staged PDU goes away
 * in the transaction that gives it its verdict; one whose ancestors can't be had now is tried again later, and
 * so is one that we fail at, which holds up no other.
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
import { isUnresolved, type Unresolved } from '../rooms/resolutions.ts';
import { type RoomRow, stagedPdus } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { fetchMissing } from './fetch-missing-events.ts';
import { passOnToNewcomers } from './newcomers.ts';
import { signStaged } from './sign-staged.ts';

/** PDUs of one room in one commit. */
const BATCH = 50;
/** Pause before a PDU with missing ancestors is tried again; doubles up to the longest. */
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 10 * 60_000;
/** Pause after a fault of ours. */
const AFTER_FAULT_MS = 2_000;
/** When more events than these fail in one go, the fault is not with them. */
const MAX_FAULTS = 3;
/** After so long without its ancestors an event is given up: about two days of tries. */
const GIVE_UP_AFTER_MS = 48 * 3600 * 1000;

type StagedRow = RowOf<typeof stagedPdus>;
type Blocked = Extract<ReceiveVerdict, { kind: 'missing' }> & { readonly row: StagedRow };

/** Works until nothing of the room can be done now. Never throws; faults of ours are logged, and it is tried again. */
export const drainStaged = (engine: Engine, roomId: string): Promise<void> =>
  engine.staged
    .run(roomId, () => drain(engine, roomId))
    .catch((error: unknown) => {
      if (engine.signal.aborted) return;
      engine.log.error('staged events not processed', error, { room_id: roomId });
      drainLater(engine, roomId, AFTER_FAULT_MS);
    });

const drainLater = (engine: Engine, roomId: string, ms: number): void =>
  engine.staged.runLater(engine.clock, roomId, ms, () => void drainStaged(engine, roomId));

/** Where a worker is among the PDUs of its room. */
type Cursor = { after: number; limit: number; faults: number; readonly asked: Set<number> };

const drain = async (engine: Engine, roomId: string): Promise<void> => {
  const cursor: Cursor = { after: 0, limit: BATCH, faults: 0, asked: new Set() };
  let isDone = false;
  // What comes for a room that is being joined waits until we are in.
  while (!isDone && !engine.signal.aborted && engine.joins.rulesOf(roomId) === undefined) {
    try {
      isDone = await drainBatch(engine, roomId, cursor);
      if (isDone) await engine.manyEnds.look(roomId);
    } catch (error) {
      await goPast(engine, roomId, cursor, error);
    }
  }
};

/** Returns whether it was the last. */
const drainBatch = async (engine: Engine, roomId: string, cursor: Cursor): Promise<boolean> => {
  await signStaged(engine, roomId, cursor);
  const batch = await engine.roomQueue.run(roomId, () => processResolving(engine, roomId, cursor));
  publishAppended(engine, batch.appended);
  if (batch.blocked === undefined) {
    cursor.after = batch.last ?? cursor.after;
    return batch.isEnd;
  }
  const { row } = batch.blocked;
  const pause = engine.staged.pauseOf(engine.clock, row);
  if (pause > 0) {
    drainLater(engine, roomId, pause);
    cursor.after = row.sequence;
    return false;
  }
  const helped = await fetchMissing(engine, {
    roomId: roomId as RoomId,
    eventId: row.event_id as EventId,
    pdu: pduOf(row),
    origin: row.origin as ServerName,
    prevEvents: batch.blocked.prevEvents,
    authEvents: batch.blocked.authEvents,
  });
  if (helped) cursor.after = row.sequence - 1;
  else {
    await postpone(engine, row);
    cursor.after = row.sequence;
  }
  return false;
};

/**
 * Looks for the event that we fail at, one by one, and leaves it for later.
 *
 * @throws the fault when it is not with single events
 */
const goPast = async (engine: Engine, roomId: string, cursor: Cursor, fault: unknown): Promise<void> => {
  if (engine.signal.aborted) throw fault;
  if (cursor.limit > 1) {
    cursor.limit = 1;
    return;
  }
  const row = await engine.store.read((reader) =>
    reader.first(stagedPdus, { index: 'by_room', where: { room_id: roomId }, gt: cursor.after }),
  );
  cursor.faults += 1;
  if (row === undefined || cursor.faults > MAX_FAULTS) throw fault;
  engine.log.error('staged event not processed', fault, { room_id: roomId, event_id: row.event_id });
  await postpone(engine, row);
  cursor.after = row.sequence;
};

/** As its room has one writer, what is resolved for the first PDU of a batch is what it needs when it is tried again. */
const processResolving = async (engine: Engine, roomId: string, cursor: Cursor) => {
  for (;;) {
    const { unresolved, ...batch } = await processBatch(engine, roomId, cursor);
    if (unresolved === undefined || batch.last !== undefined) return batch;
    await engine.resolutions.resolve(engine, unresolved);
  }
};

const processBatch = async (engine: Engine, roomId: string, { after, limit }: Cursor) =>
  engine.store.transact(async (tx) => {
    const appended: Appended[] = [];
    const rows = await tx.scan(stagedPdus, {
      index: 'by_room',
      where: { room_id: roomId },
      gt: after,
      limit,
    });
    let room = await roomById(tx, roomId);
    let last: number | undefined;
    let blocked: Blocked | undefined;
    let unresolved: Unresolved | undefined;
    for (const row of rows) {
      const verdict = room && (await receiveStaged(engine, tx, room, row));
      if (verdict?.kind === 'missing') {
        blocked = { ...verdict, row };
        break;
      }
      if (isUnresolved(verdict)) {
        unresolved = verdict;
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
    const isEnd = rows.length < limit && unresolved === undefined;
    return { appended, last, blocked, unresolved, isEnd };
  });

const receiveStaged = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  row: StagedRow,
): Promise<ReceiveVerdict> => {
  const verified = { eventId: row.event_id as EventId, pdu: pduOf(row) };
  const verdict = await receivePdu(engine, tx, room, verified, { json: row.json });
  if (verdict.kind !== 'accepted') return verdict;
  return { ...verdict, appended: await passOnToNewcomers(engine, tx, verdict.appended) };
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
    engine.log.warn('event given up: it could not be processed in two days', { event_id: row.event_id });
    await engine.store.transact((tx) => tx.delete(stagedPdus, { sequence: row.sequence }));
    return;
  }
  const pause = Math.min(Math.max(FIRST_RETRY_MS, age), LONGEST_RETRY_MS);
  engine.staged.pause(engine.clock, row, pause);
  drainLater(engine, row.room_id, pause);
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
