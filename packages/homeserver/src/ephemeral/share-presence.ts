/**
 * People who come to share a room hear of each other how they are, without waiting for the next change.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#presence
 */
import type { Engine } from '../engine.ts';
import type { Arrivals } from '../rooms/update-current-state.ts';
import { memberships, type RoomRow, roomServers } from '../store/schema.ts';
import { sendPresence } from './local-presence.ts';

/** Goes on by itself: nobody waits for presence. */
export const sharePresence = (engine: Engine, room: RoomRow, arrivals: Arrivals): void => {
  if (room.federate !== 1 || arrivals.serverNids.length + arrivals.userNids.length === 0) return;
  share(engine, room, arrivals).catch((error: unknown) => {
    if (!engine.signal.aborted) engine.log.error('presence not told', error, { room_id: room.room_id });
  });
};

const share = async (engine: Engine, { room_nid }: RoomRow, arrivals: Arrivals): Promise<void> => {
  const { others, own } = await engine.store.read(async (reader) => {
    const own = await engine.names.serverNid(reader, engine.serverName);
    const rows = await reader.scan(roomServers, { where: { room_nid } });
    return { own, others: rows.map(({ server_nid }) => server_nid).filter((nid) => nid !== own) };
  });
  const arrived = arrivals.serverNids.filter((nid) => nid !== own);
  for (const userId of engine.presence.clients.keys()) {
    if (engine.presence.get(userId).state === 'offline') continue;
    const user_nid = await engine.store.read(async (reader) => {
      const nid = await engine.names.userNid(reader, userId);
      const row = nid === undefined ? undefined : await reader.get(memberships, { room_nid, user_nid: nid });
      return row?.membership === 'join' ? nid : undefined;
    });
    if (user_nid === undefined) continue;
    const told = arrivals.userNids.includes(user_nid) ? others : arrived;
    if (told.length > 0) await sendPresence(engine, userId, told);
  }
};
