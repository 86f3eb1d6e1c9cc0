/** Whether another server may ask about a room. */
import { isServerAllowed, type ServerName } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { forbidden, MatrixError, notFound } from '../../matrix-error.ts';
import { roomById, stateEvent } from '../../rooms/current-state.ts';
import { isServerInRoom } from '../../rooms/servers-in-room.ts';
import type { RoomRow } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';
import { lacksMembers } from '../left-out-members.ts';

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

/**
 * What we say of the state of a room must not be believed while its members are not all here: other servers have it.
 *
 * @throws M_NOT_FOUND, or M_UNABLE_TO_GRANT_JOIN for who wants to come in
 */
export const requireMembersHere = async (
  engine: Engine,
  reader: StoreReader,
  { room_nid }: RoomRow,
  wanted: 'state' | 'entry' = 'state',
): Promise<void> => {
  if (!(await lacksMembers(reader, room_nid))) return;
  const why = `${engine.serverName} does not know all members of this room yet; ask another server.`;
  throw wanted === 'state' ? notFound(why) : new MatrixError('M_UNABLE_TO_GRANT_JOIN', why);
};
