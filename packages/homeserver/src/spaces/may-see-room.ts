/** Who may be told that a room exists, and what it is called: who is in it, or could come in. */
import { isServerAllowed, parseUserId, type ServerName, serverNameOf, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomById, stateEvent } from '../rooms/current-state.ts';
import { isServerInRoom } from '../rooms/servers-in-room.ts';
import { memberships, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { allowedRooms, type RoomSummary } from './summarise-room.ts';

/** Invitations looked at to find one for somebody of a server. */
const MAX_INVITATIONS = 1_000;

/** Whether the room's own rules let in, or show it to, anybody. */
const isOpen = ({ join_rule, world_readable }: Pick<RoomSummary, 'join_rule' | 'world_readable'>): boolean =>
  world_readable || join_rule === 'public' || join_rule === 'knock' || join_rule === 'knock_restricted';

const rulesOf = async (engine: Engine, reader: StoreReader, room: RoomRow) => {
  const content = async (type: string) => (await stateEvent(engine, reader, room, type, ''))?.pdu.content;
  const rule = (await content('m.room.join_rules'))?.join_rule;
  const visibility = (await content('m.room.history_visibility'))?.history_visibility;
  return {
    join_rule: typeof rule === 'string' ? rule : 'invite',
    world_readable: visibility === 'world_readable',
  };
};

const membershipIn = async (engine: Engine, reader: StoreReader, roomId: string, userId: UserId) => {
  const room = await roomById(reader, roomId);
  const member = room && (await stateEvent(engine, reader, room, 'm.room.member', userId));
  return member?.pdu.content.membership;
};

export const maySeeHere = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  userId: UserId,
): Promise<boolean> => {
  const membership = await membershipIn(engine, reader, room.room_id, userId);
  if (membership === 'join' || membership === 'invite') return true;
  if (membership === 'ban') return false;
  if (isOpen(await rulesOf(engine, reader, room))) return true;
  return isInAny(engine, reader, await allowedRooms(engine, reader, room), userId);
};

/** The same of a room that another server told us about. */
export const maySeeThere = async (
  engine: Engine,
  reader: StoreReader,
  summary: RoomSummary,
  userId: UserId,
): Promise<boolean> => isOpen(summary) || isInAny(engine, reader, summary.allowed_room_ids ?? [], userId);

const isInAny = async (
  engine: Engine,
  reader: StoreReader,
  roomIds: readonly string[],
  userId: UserId,
): Promise<boolean> => {
  for (const roomId of roomIds) {
    if ((await membershipIn(engine, reader, roomId, userId)) === 'join') return true;
  }
  return false;
};

export const mayServerSeeRoom = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  origin: ServerName,
): Promise<boolean> => {
  if (room.federate === 0) return false;
  const acl = await stateEvent(engine, reader, room, 'm.room.server_acl', '');
  if (!isServerAllowed(acl?.pdu.content, origin)) return false;
  if (isOpen(await rulesOf(engine, reader, room))) return true;
  if (await isServerInRoom(engine, reader, room.room_nid, origin)) return true;
  if (await isInvited(engine, reader, room, origin)) return true;
  for (const roomId of await allowedRooms(engine, reader, room)) {
    const allowed = await roomById(reader, roomId);
    if (allowed && (await isServerInRoom(engine, reader, allowed.room_nid, origin))) return true;
  }
  return false;
};

const isInvited = async (
  engine: Engine,
  reader: StoreReader,
  { room_nid }: RoomRow,
  origin: ServerName,
): Promise<boolean> => {
  const rows = await reader.scan(memberships, {
    index: 'by_membership',
    where: { room_nid, membership: 'invite', local: 0 },
    limit: MAX_INVITATIONS,
  });
  for (const { user_nid } of rows) {
    const userId = parseUserId(await engine.names.userId(reader, user_nid));
    if (userId !== undefined && serverNameOf(userId) === origin) return true;
  }
  return false;
};
