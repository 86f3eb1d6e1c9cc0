import { isServerAllowed, type ServerName, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { stateEvent } from '../rooms/current-state.ts';
import { memberships, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

/** Whether a user of another server may say something in a room: joined, and not shut out by its ACL. */
export const remoteMember = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  userId: UserId,
  origin: ServerName,
): Promise<boolean> => {
  if (room.federate === 0) return false;
  const user_nid = await engine.names.userNid(reader, userId);
  if (user_nid === undefined) return false;
  const row = await reader.get(memberships, { room_nid: room.room_nid, user_nid });
  if (row?.membership !== 'join') return false;
  const acl = await stateEvent(engine, reader, room, 'm.room.server_acl', '');
  return isServerAllowed(acl?.pdu.content, origin);
};
