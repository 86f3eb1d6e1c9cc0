/** What one server has stored of a room. */
import {
  type Engine,
  events,
  forwardExtremities,
  type RoomRow,
  roomById,
  type StoreReader,
} from '@causeway/homeserver';
import { stateKeyOf } from '@causeway/protocol';

export type Stored = Awaited<ReturnType<Engine['events']['byNid']>>;

export type RoomView = {
  readonly room: RoomRow;
  readonly byId: ReadonlyMap<string, Stored>;
  readonly byNid: ReadonlyMap<number, Stored>;
  /** Event IDs. */
  readonly extremities: readonly string[];
  /** Event IDs of the current state by type and state key. */
  readonly state: ReadonlyMap<string, string>;
};

export const viewRoom = (engine: Engine, roomId: string): Promise<RoomView | undefined> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) return undefined;
    const byId = new Map<string, Stored>();
    const byNid = new Map<number, Stored>();
    for (const { event_nid } of await reader.scan(events, {})) {
      const event = await engine.events.byNid(reader, event_nid);
      if (event.roomNid !== room.room_nid) continue;
      byId.set(event.eventId, event);
      byNid.set(event_nid, event);
    }
    const rows = await reader.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
    const extremities = rows.map((row) => byNid.get(row.event_nid)?.eventId ?? '');
    return {
      room,
      byId,
      byNid,
      extremities,
      state: await stateAt(engine, reader, byNid, room, room.state_root),
    };
  });

const stateAt = async (
  engine: Engine,
  reader: StoreReader,
  byNid: ReadonlyMap<number, Stored>,
  room: RoomRow,
  root: Uint8Array,
): Promise<ReadonlyMap<string, string>> => {
  const state = new Map<string, string>();
  for (const [, nid] of await engine.states.entries(reader, room.room_nid, root)) {
    const event = byNid.get(nid);
    if (event !== undefined) state.set(stateKeyOf(event.pdu.type, event.pdu.state_key ?? ''), event.eventId);
  }
  return state;
};

/** A text that is the same for equal states, whatever numbers a server gave to their events. */
export const stateText = async (engine: Engine, view: RoomView, root: Uint8Array): Promise<string> =>
  engine.store.read(async (reader) => {
    const state = await stateAt(engine, reader, view.byNid, view.room, root);
    return [...state.values()].sort().join(' ');
  });
