/** The authorisation rules, asked against a stored state. */
import {
  type AuthVerdict,
  authorizeEvent,
  authTypesFor,
  type Pdu,
  type RoomId,
  stateKeyOf,
  type UnsignedPdu,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { rulesOf, stateEvent } from './current-state.ts';
import type { StoredEvent } from './event-cache.ts';
import type { StateRoot } from './state-map.ts';

/** The state events that an event's auth events are selected from, in the state `root`. */
export const selectAuthEvents = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  event: Pick<UnsignedPdu, 'type' | 'sender' | 'state_key' | 'content'>,
  root: StateRoot,
): Promise<readonly StoredEvent[]> => {
  const selected: StoredEvent[] = [];
  for (const [type, stateKey] of authTypesFor(rulesOf(room), event)) {
    const found = await stateEvent(engine, reader, room, type, stateKey, root);
    if (found !== undefined) selected.push(found);
  }
  return selected;
};

/** Whether the event is allowed by these state events. */
export const authorizeWith = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  pdu: UnsignedPdu,
  state: readonly StoredEvent[],
): Promise<AuthVerdict> => {
  const byKey = new Map<string, Pdu>();
  for (const event of state) byKey.set(stateKeyOf(event.pdu.type, event.pdu.state_key ?? ''), event.pdu);
  return authorizeEvent(rulesOf(room), pdu, (type, stateKey) => byKey.get(stateKeyOf(type, stateKey)), {
    createEvent: await createEventOf(engine, reader, room, pdu),
    roomId: room.room_id as RoomId,
  });
};

/** The room's create event; the first event of a room is its own. */
const createEventOf = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  pdu: UnsignedPdu,
): Promise<Pdu> =>
  pdu.type === 'm.room.create'
    ? (pdu as Pdu)
    : (await engine.events.byNid(reader, room.create_event_nid)).pdu;

/** Whether the event is allowed by the state `root`. */
export const authorizeAgainst = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  pdu: UnsignedPdu,
  root: StateRoot,
): Promise<AuthVerdict> =>
  authorizeWith(engine, reader, room, pdu, await selectAuthEvents(engine, reader, room, pdu, root));
