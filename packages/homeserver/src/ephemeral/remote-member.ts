import { isServerAllowed, type ServerName, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { stateEvent } from '../rooms/current-state.ts';
import { isBelieved } from '../federation/left-out-members.ts';
import { memberships, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

/**
 * Whether a user of another server may say something in a room: joined, and not shut out by its ACL. Of whom nothing is
 * known, because the members are not all here yet, their server is believed.
 */
export const remoteMember = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  userId: UserId,
  origin: ServerName,
): Promise<boolean> => {
  if (room.federate === 0) return false;
  const { room_nid } = room;
  const user_nid = await engine.names.userNid(reader, userId);
  const row = user_nid === undefined ? undefined : await reader.get(memberships, { room_nid, user_nid });
  const isIn =
    row === undefined ? await isBelieved(engine, reader, room_nid, origin) : row.membership === 'join';
  if (!isIn) return false;
  const acl = await stateEvent(engine, reader, room, 'm.room.server_acl', '');
  return isServerAllowed(acl?.pdu.content, origin);
};
