/**
 * Removes a room from this server. Each step is done in small commits and written down when it is done, so that it
 * goes on after a crash:
 *
 * - `leaving`: everybody of ours leaves, with the reason, as they would themselves; other servers hear of it.
 * - `vanishing`: the room goes from the lists of our people, then its row: nothing reads it any more.
 * - `clearing`: what is kept beside its events goes, the nodes of its states included.
 * - `deleting`: its events go, all but those that another server still has to get.
 * - `delivering`: these go when they have arrived, or after two days. Until then nobody can join anew.
 */
import { parseUserId, type RoomId, serverNameOf } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError, refusal } from '../matrix-error.ts';
import { roomById } from '../rooms/current-state.ts';
import { leaveRoom } from '../rooms/leave-room.ts';
import {
  accountData,
  aliases,
  forgottenRooms,
  lingeringEvents,
  type MembershipRow,
  memberships,
  notifications,
  publishedRooms,
  readFloors,
  remoteMemberships,
  roomRemovals,
  rooms,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { clearRoom } from './clear-room.ts';
import { deleteEvents, deleteLingering } from './delete-events.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

export type RemovalStep = 'leaving' | 'vanishing' | 'clearing' | 'deleting' | 'delivering';

type Removal = RowOf<typeof roomRemovals>;

/** Told in the transaction with which a removal ends, so that the host can note it. */
export type WithRemoval = (
  tx: StoreTx,
  removed: { readonly roomId: RoomId; readonly events: number },
) => Promise<void>;

/** People looked at in one step. */
const PAGE = 20;

/**
 * Begins to remove a room, inside a transaction of the host, so that it can note who did; `engine.upkeep` is woken
 * after the commit.
 *
 * @throws M_NOT_FOUND, M_CONFLICT while somebody joins it through another server
 */
export const startRoomRemoval = async (
  engine: Engine,
  tx: StoreTx,
  { roomId, reason }: { readonly roomId: RoomId; readonly reason: string },
): Promise<void> => {
  const room = await roomById(tx, roomId);
  if (room === undefined) throw noSuchRoom(roomId);
  if (engine.joins.rulesOf(roomId) !== undefined) {
    throw refusal('M_CONFLICT', faultOf('room-joining-now'));
  }
  if ((await tx.get(roomRemovals, { room_id: roomId })) !== undefined) return;
  await tx.insert(roomRemovals, {
    room_id: roomId,
    room_nid: room.room_nid,
    room_version: room.room_version,
    reason,
    started_ts: engine.clock.now(),
    step: 'leaving' satisfies RemovalStep,
    after_nid: 0,
    deleted: 0,
  });
};

/** Does all removals as far as they can be done now; returns whether one still waits for another server. */
export const continueRemovals = async (engine: Engine): Promise<boolean> => {
  const rows = await engine.store.read((reader) => reader.scan(roomRemovals, {}));
  let waits = false;
  for (const { room_id } of rows) {
    for (let step: Outcome = 'done'; step === 'done' && !engine.signal.aborted; ) {
      step = await doStep(engine, room_id);
      if (step === 'waits') waits = true;
    }
  }
  return waits;
};

type Outcome = 'done' | 'waits' | 'finished';

const doStep = async (engine: Engine, room_id: string): Promise<Outcome> => {
  const removal = await engine.store.read((reader) => reader.get(roomRemovals, { room_id }));
  if (removal === undefined) return 'finished';
  switch (removal.step) {
    case 'leaving':
      return (await everybodyLeaves(engine, removal)) ? next(engine, removal, 'vanishing') : 'waits';
    case 'vanishing':
      return (await vanish(engine, removal)) ? next(engine, removal, 'clearing') : 'waits';
    case 'clearing':
      return (await clearRoom(engine, removal)) ? next(engine, removal, 'deleting') : 'waits';
    case 'deleting':
      return (await deleteEvents(engine, removal)) ? next(engine, removal, 'delivering') : 'waits';
    default:
      if ((await deleteLingering(engine, removal)) > 0) return 'waits';
      return finish(engine, removal);
  }
};

const next = async (engine: Engine, { room_id }: Removal, step: RemovalStep): Promise<Outcome> => {
  await engine.store.transact((tx) => tx.update(roomRemovals, { room_id }, { step }));
  return 'done';
};

const finish = async (engine: Engine, { room_id, deleted }: Removal): Promise<Outcome> => {
  const isDone = await engine.store.transact(async (tx) => {
    const late = await tx.first(lingeringEvents, { where: { room_id } });
    if (late !== undefined) return false;
    await tx.delete(roomRemovals, { room_id });
    await engine.roomRemoved(tx, { roomId: room_id as RoomId, events: deleted });
    return true;
  });
  if (isDone) engine.log.info('room removed', { room_id, events: deleted });
  return isDone ? 'finished' : 'waits';
};

/** One who can't leave by the rules of the room is gone from it all the same when the room is. */
const everybodyLeaves = async (engine: Engine, removal: Removal): Promise<boolean> => {
  for (const membership of ['join', 'invite', 'knock']) {
    for (let after = 0; ; ) {
      const where = { room_nid: removal.room_nid, membership, local: 1 };
      const rows = await engine.store.read((reader) =>
        reader.scan(memberships, { index: 'by_membership', where, gt: after, limit: PAGE }),
      );
      for (const { user_nid } of rows) {
        if (engine.signal.aborted) return false;
        await letLeave(engine, removal, user_nid);
        after = user_nid;
      }
      if (rows.length < PAGE) break;
    }
  }
  return true;
};

const letLeave = async (engine: Engine, { room_id, reason }: Removal, userNid: number): Promise<void> => {
  const sender = await engine.store.read((reader) => engine.names.userId(reader, userNid));
  try {
    await leaveRoom(engine, {
      roomId: room_id as RoomId,
      sender,
      ...(reason === '' ? {} : { reason }),
    });
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    engine.log.info('member removed without leaving', { room_id, user: sender, errcode: error.errcode });
  }
};

const vanish = async (engine: Engine, removal: Removal): Promise<boolean> => {
  for (;;) {
    if (engine.signal.aborted) return false;
    const rows = await engine.store.transact((tx) => vanishForSome(engine, tx, removal));
    if (rows < PAGE) break;
  }
  await engine.roomQueue.run(removal.room_id, () =>
    engine.store.transact(async (tx) => {
      // Somebody who came at the last moment.
      while ((await vanishForSome(engine, tx, removal)) > 0);
      for (const row of await tx.scan(aliases, { index: 'by_room', where: { room_id: removal.room_id } })) {
        await tx.delete(aliases, row);
      }
      await tx.delete(publishedRooms, { room_nid: removal.room_nid });
      await tx.delete(rooms, { room_nid: removal.room_nid });
    }),
  );
  return true;
};

const vanishForSome = async (engine: Engine, tx: StoreTx, removal: Removal): Promise<number> => {
  const rows: MembershipRow[] = [];
  for (const membership of ['join', 'invite', 'knock', 'leave', 'ban']) {
    const where = { room_nid: removal.room_nid, membership, local: 1 };
    const limit = PAGE - rows.length;
    if (limit > 0) rows.push(...(await tx.scan(memberships, { index: 'by_membership', where, limit })));
  }
  for (const row of rows) await vanishFor(engine, tx, removal, row);
  return rows.length;
};

/** Their clients learn from the last event of their membership that they are out, whenever they ask next. */
const vanishFor = async (
  engine: Engine,
  tx: StoreTx,
  { room_id, room_nid, room_version }: Removal,
  row: MembershipRow,
): Promise<void> => {
  const { user_nid } = row;
  const event = await engine.events.byNid(tx, row.event_nid);
  const userId = await engine.names.userId(tx, user_nid);
  const isOut = row.membership === 'leave' || row.membership === 'ban';
  if (isOut && (await tx.get(forgottenRooms, { user_nid, room_nid })) === undefined) {
    await tx.put(remoteMemberships, {
      user_nid,
      room_id,
      membership: row.membership,
      room_version,
      json: JSON.stringify(event.pdu),
      event_id: event.eventId,
      sender: event.pdu.sender,
      server: serverNameOf(parseUserId(event.pdu.sender) ?? userId),
      stripped_state: '[]',
      stream: row.stream,
    });
  }
  const where = { user_nid, room_nid };
  await tx.deleteRange(notifications, { where });
  await tx.deleteRange(readFloors, { where });
  await tx.deleteRange(accountData, { where: { user_nid, room_id } });
  await tx.delete(forgottenRooms, where);
  await tx.delete(memberships, where);
  engine.activity.membershipChanged(user_nid, await tx.next('stream'));
};
