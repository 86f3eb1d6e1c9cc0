/** Since when, and with whom, people share rooms. */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { hearingOf, hearingOfServer } from '../../reading/hearing.ts';
import { memberships, type RoomRow, roomServers, rooms } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';

/** Rooms of one person that are looked at. */
const MAX_ROOMS = 2_000;

/**
 * Stream position since which somebody of another server has shared a room with us without a gap, as far as a single
 * room shows it; undefined: they share none. Their server tells us all that changed since.
 */
export const sharedSince = async (
  engine: Engine,
  reader: StoreReader,
  user_nid: number,
): Promise<number | undefined> => {
  const server_nid = await engine.names.serverNid(reader, engine.serverName);
  if (server_nid === undefined) return undefined;
  let first: number | undefined;
  for (const { room_nid, stream } of await joinedRooms(reader, user_nid)) {
    const own = await reader.get(roomServers, { room_nid, server_nid });
    if (own !== undefined)
      first = Math.min(first ?? Number.MAX_SAFE_INTEGER, Math.max(stream, own.since ?? 0));
  }
  return first;
};

/**
 * Other servers with members in the rooms of a local person, without those that the person may have nothing to do with.
 * `inRoom`: of this room; `notIn`: of all but this one.
 */
export const serversOf = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
  only: { readonly inRoom?: number; readonly notIn?: number } = {},
): Promise<ReadonlySet<number>> => {
  const user_nid = await engine.names.userNid(reader, userId);
  const own = await engine.names.serverNid(reader, engine.serverName);
  const found = new Set<number>();
  if (user_nid === undefined) return found;
  for (const { room_nid } of await joinedRooms(reader, user_nid)) {
    if (room_nid !== (only.inRoom ?? room_nid) || room_nid === only.notIn) continue;
    const room: RoomRow | undefined = await reader.get(rooms, { room_nid });
    if (room?.federate !== 1) continue;
    for (const { server_nid } of await reader.scan(roomServers, { where: { room_nid } })) {
      if (server_nid !== own) found.add(server_nid);
    }
  }
  if (found.size === 0) return found;
  const hearing = await hearingOf(engine, reader, userId);
  for (const nid of found) {
    const server = await engine.names.serverName(reader, nid);
    if (hearingOfServer(hearing, server).kind !== 'all') found.delete(nid);
  }
  return found;
};

const joinedRooms = async (reader: StoreReader, user_nid: number) => {
  const rows = await reader.scan(memberships, { index: 'by_user', where: { user_nid }, limit: MAX_ROOMS });
  return rows.filter(({ membership }) => membership === 'join');
};
