/** May this person read this room at all? Asked before every read of a room. */

import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden } from '../matrix-error.ts';
import { roomById, stateEvent } from '../rooms/current-state.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { stateKnownAt } from './state-known-at.ts';
import { type RoomViewer, roomViewer, viewerOf } from './viewer.ts';
import { faultOf } from '../refusals.ts';

export type Reading = {
  readonly room: RoomRow;
  readonly viewer: RoomViewer;
  /** The state this person may see: today's for members, that of their departure for former members. */
  readonly root: StateRoot;
};

type User = { readonly userId: UserId; readonly deviceId: string };

/**
 * Opens a room for reading by a member, a former member, or (where history is world-readable) anybody.
 *
 * @throws M_FORBIDDEN, also for rooms that do not exist: their existence is nobody else's business.
 */
export const openRoom = async (
  engine: Engine,
  reader: StoreReader,
  user: User,
  roomId: string,
): Promise<Reading> => {
  const room = await roomById(reader, roomId);
  if (room === undefined) throw forbidden(faultOf('room-not-yours'));
  const viewer = await roomViewer(engine, reader, await viewerOf(engine, reader, user), room);
  const until = viewer.until.everybody;
  if (viewer.membership === 'join' || (await isWorldReadable(engine, reader, room))) {
    const root = Number.isFinite(until) ? await stateKnownAt(reader, room.room_nid, until) : room.state_root;
    if (root === undefined) throw forbidden(faultOf('rooms-outside'));
    return { room, viewer, root };
  }
  const { memberEvent } = viewer;
  const isFormer =
    (viewer.membership === 'leave' || viewer.membership === 'ban') && memberEvent !== undefined;
  if (!isFormer || viewer.hasForgotten || !(await wasJoinedBefore(engine, reader, viewer)))
    throw forbidden(faultOf('room-not-yours'));
  return { room, viewer, root: await stateAt(reader, room, Math.min(memberEvent.stream ?? 0, until)) };
};

/** @throws M_FORBIDDEN unless they are joined now. */
export const openJoinedRoom = async (
  engine: Engine,
  reader: StoreReader,
  user: User,
  roomId: string,
): Promise<Reading> => {
  const reading = await openRoom(engine, reader, user, roomId);
  if (reading.viewer.membership !== 'join') throw forbidden(faultOf('not-in-room'));
  return reading;
};

/** Root of the current state as it was at a stream position. */
export const stateAt = async (reader: StoreReader, room: RoomRow, stream: number): Promise<StateRoot> =>
  (await stateKnownAt(reader, room.room_nid, stream)) ?? room.state_root;

const isWorldReadable = async (engine: Engine, reader: StoreReader, room: RoomRow): Promise<boolean> => {
  const event = await stateEvent(engine, reader, room, 'm.room.history_visibility', '');
  return event?.pdu.content.history_visibility === 'world_readable';
};

const wasJoinedBefore = async (engine: Engine, reader: StoreReader, viewer: RoomViewer): Promise<boolean> => {
  let event = viewer.memberEvent;
  for (let step = 0; step < 32 && event !== undefined; step++) {
    if (event.pdu.content.membership === 'join') return true;
    if (event.stateBefore === null || viewer.memberKeyNid === undefined) return false;
    const nid: number | undefined = await engine.states.get(
      reader,
      viewer.room.room_nid,
      event.stateBefore,
      viewer.memberKeyNid,
    );
    event = nid === undefined ? undefined : await engine.events.byNid(reader, nid);
  }
  return false;
};
