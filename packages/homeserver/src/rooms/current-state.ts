/** Reading a room's row and its state. */
import { getRoomVersion, type RoomVersionRules } from '@causeway/protocol';
import type { Graph } from '../engine.ts';
import { type RoomRow, rooms } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { StoredEvent } from './event-cache.ts';
import type { StateRoot } from './state-map.ts';

/** The row of a room that this server knows. */
export const roomById = (reader: StoreReader, roomId: string): Promise<RoomRow | undefined> =>
  reader.first(rooms, { index: 'by_id', where: { room_id: roomId } });

/** The row of a room, by its number in this store. */
export const roomByNid = (reader: StoreReader, roomNid: number): Promise<RoomRow | undefined> =>
  reader.get(rooms, { room_nid: roomNid });

/** The rules of a room that is stored; rooms of unknown versions are never stored. */
export const rulesOf = (room: Pick<RoomRow, 'room_version'>): RoomVersionRules => {
  const rules = getRoomVersion(room.room_version);
  if (rules === undefined) throw new Error(`room version ${room.room_version} is not known`);
  return rules;
};

/** The state event at a type and state key, in the current state or in the state `root`. */
export const stateEvent = async (
  engine: Graph,
  reader: StoreReader,
  room: RoomRow,
  type: string,
  stateKey: string,
  root: StateRoot = room.state_root,
): Promise<StoredEvent | undefined> => {
  const stateKeyNid = await engine.names.stateKeyNid(reader, type, stateKey);
  if (stateKeyNid === undefined) return undefined;
  const eventNid = await engine.states.get(reader, room.room_nid, root, stateKeyNid);
  return eventNid === undefined ? undefined : engine.events.byNid(reader, eventNid);
};

/** All state events of a state. */
export const stateEvents = async (
  engine: Graph,
  reader: StoreReader,
  room: RoomRow,
  root: StateRoot = room.state_root,
): Promise<readonly StoredEvent[]> => {
  const entries = await engine.states.entries(reader, room.room_nid, root);
  return engine.events.many(
    reader,
    entries.map(([, eventNid]) => eventNid),
  );
};
