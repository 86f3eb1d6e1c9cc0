/** Whether another server may ask about a room, and which of its events it may see. */
import {
  canServerSeeEvent,
  isServerAllowed,
  type JsonValue,
  type Membership,
  type Pdu,
  parseHistoryVisibility,
  parseUserId,
  redact,
  type ServerName,
  serverNameOf,
} from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { forbidden, notFound } from '../../matrix-error.ts';
import { roomById, rulesOf, stateEvent, stateEvents } from '../../rooms/current-state.ts';
import type { StoredEvent } from '../../rooms/event-cache.ts';
import { isServerInRoom } from '../../rooms/servers-in-room.ts';
import type { RoomRow } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';

/** A room that we are in and whose server ACL lets the origin ask; M_NOT_FOUND or M_FORBIDDEN otherwise. */
export const roomForServer = async (
  engine: Engine,
  reader: StoreReader,
  roomId: string,
  origin: ServerName,
): Promise<RoomRow> => {
  const room = await roomById(reader, roomId);
  const here = room !== undefined && (await isServerInRoom(engine, reader, room.room_nid, engine.serverName));
  if (room === undefined || !here || room.federate === 0) {
    throw notFound(`${engine.serverName} is not in room ${roomId}.`);
  }
  const acl = await stateEvent(engine, reader, room, 'm.room.server_acl', '');
  if (!isServerAllowed(acl?.pdu.content, origin)) {
    throw forbidden(`${origin} is denied by the room's server ACL.`);
  }
  return room;
};

/** A room that the origin is in, too. */
export const roomWithServer = async (
  engine: Engine,
  reader: StoreReader,
  roomId: string,
  origin: ServerName,
): Promise<RoomRow> => {
  const room = await roomForServer(engine, reader, roomId, origin);
  if (!(await isServerInRoom(engine, reader, room.room_nid, origin))) {
    throw forbidden(`${origin} is not in this room.`);
  }
  return room;
};

/** Whether the origin may see an event, by the history visibility at the event. */
export const mayServerSee = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  event: StoredEvent,
  origin: ServerName,
): Promise<boolean> => {
  if (event.stateBefore === null) return isServerInRoom(engine, reader, room.room_nid, origin);
  const visibilityEvent = await stateEvent(
    engine,
    reader,
    room,
    'm.room.history_visibility',
    '',
    event.stateBefore,
  );
  const visibility = parseHistoryVisibility(visibilityEvent?.pdu.content['history_visibility']);
  const joinedLater = await isServerInRoom(engine, reader, room.room_nid, origin);
  const undecided = visibility === 'joined' || visibility === 'invited';
  const memberships = undecided ? await membershipsOf(engine, reader, room, event.stateBefore, origin) : [];
  return canServerSeeEvent({ visibility, memberships, joinedLater });
};

/** The events as the origin may have them: what it may not see is redacted, so that the graph holds. */
export const eventsForServer = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  found: readonly StoredEvent[],
  origin: ServerName,
): Promise<readonly Pdu[]> => {
  const shown: Pdu[] = [];
  for (const event of found) {
    const visible = await mayServerSee(engine, reader, room, event, origin);
    shown.push(visible ? event.pdu : redact(rulesOf(room), event.pdu));
  }
  return shown;
};

const membershipsOf = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  root: Uint8Array,
  origin: ServerName,
): Promise<readonly Membership[]> => {
  const found: Membership[] = [];
  for (const { pdu } of await stateEvents(engine, reader, room, root)) {
    const userId = pdu.type === 'm.room.member' ? parseUserId(pdu.state_key ?? '') : undefined;
    if (userId !== undefined && serverNameOf(userId) === origin)
      found.push(readMembership(pdu.content['membership']));
  }
  return found;
};

const readMembership = (value: JsonValue | undefined): Membership =>
  value === 'join' || value === 'invite' || value === 'ban' || value === 'knock' ? value : 'leave';
