/** The servers of a room. */
import type { RoomId, ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { leftOutMembers, roomServers } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { roomById } from './current-state.ts';

/** Whether a server has joined members in a room, or is believed to. */
export const isServerInRoom = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
  server: ServerName,
): Promise<boolean> => {
  const server_nid = await engine.names.serverNid(reader, server);
  if (server_nid === undefined) return false;
  const row = await reader.get(roomServers, { room_nid: roomNid, server_nid });
  return row !== undefined;
};

/** Whether a room has joined members of other servers. */
export const hasOutsiders = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
): Promise<boolean> => {
  const ours = await engine.names.serverNid(reader, engine.serverName);
  const joined = await reader.scan(roomServers, { where: { room_nid: roomNid }, limit: 2 });
  return joined.some((row) => row.server_nid !== ours);
};

/**
 * Other servers with joined members, those with most members first. While these are not all known, the server that we
 * joined through is the first: of the others it is not known which are still there.
 */
export const otherServers = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
): Promise<readonly ServerName[]> => {
  const rows = await reader.scan(roomServers, { where: { room_nid: roomNid } });
  const names: ServerName[] = [];
  for (const row of [...rows].sort((a, b) => b.joined - a.joined)) {
    const name = await engine.names.serverName(reader, row.server_nid);
    if (name !== engine.serverName) names.push(name);
  }
  if (!rows.some(({ believed }) => believed === 1)) return names;
  const entrance = await reader.first(leftOutMembers, { where: { room_nid: roomNid } });
  const first = names.filter((name) => name === entrance?.server);
  return [...first, ...names.filter((name) => name !== entrance?.server)];
};

/** Whether this server takes part in a room. */
export const areWeInRoom = (engine: Engine, roomId: RoomId): Promise<boolean> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room !== undefined && (await isServerInRoom(engine, reader, room.room_nid, engine.serverName));
  });
