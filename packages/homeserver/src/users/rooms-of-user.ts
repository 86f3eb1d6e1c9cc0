/** The rooms of a person of this server, for who looks after their account. */
import type { RoomId, ServerName, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomByNid, stateEvent } from '../rooms/current-state.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import { memberships, remoteMemberships } from '../store/schema.ts';

/** A room that somebody of this server is in, was in, or was invited to. */
export type RoomOfUser = {
  readonly roomId: RoomId | string;
  readonly membership: string;
  /** Absent: it has none, or this server is not in it. */
  readonly name?: string;
  /** Other servers with members in it; a room that this server is not in has the one it is reached through. */
  readonly outsiders: readonly ServerName[];
};

/** Also those that they left, were banned from, or are invited to. */
export const roomsOfUser = (engine: Engine, userId: UserId): Promise<readonly RoomOfUser[]> =>
  engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, userId);
    if (user_nid === undefined) return [];
    const found = new Map<string, RoomOfUser>();
    for (const row of await reader.scan(remoteMemberships, { where: { user_nid } })) {
      const { room_id: roomId, membership, server } = row;
      found.set(roomId, { roomId, membership, outsiders: [server as ServerName] });
    }
    for (const row of await reader.scan(memberships, { index: 'by_user', where: { user_nid } })) {
      const room = await roomByNid(reader, row.room_nid);
      if (room === undefined) continue;
      const name = (await stateEvent(engine, reader, room, 'm.room.name', ''))?.pdu.content.name;
      found.set(room.room_id, {
        roomId: room.room_id,
        membership: row.membership,
        ...(typeof name === 'string' && name !== '' ? { name } : {}),
        outsiders: await otherServers(engine, reader, room.room_nid),
      });
    }
    return [...found.values()];
  });
