/** Leaves every room of a person of this server whose account has ended. */
import { parseRoomId, type RoomId, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { memberships, remoteMemberships } from '../store/schema.ts';
import { roomByNid } from './current-state.ts';
import { leaveRoom } from './leave-room.ts';

/**
 * Leaves what they joined, declines what they were invited to, withdraws knocks. A room that refuses is logged and does
 * not stop the others. Other servers are told in the usual way, when they can be reached.
 */
export const leaveAllRooms = async (
  engine: Engine,
  leaving: {
    readonly userId: UserId;
    /** Name and picture do not stay in the room. */
    readonly nameless: boolean;
    /** Asked before each room. */
    readonly goesOn: () => Promise<boolean>;
  },
): Promise<void> => {
  const { userId, nameless } = leaving;
  for (const roomId of await roomsToLeave(engine, userId)) {
    if (!(await leaving.goesOn())) return;
    try {
      await leaveRoom(engine, { roomId, sender: userId, nameless });
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      engine.log.info('leaving refused by room', { room: roomId, user: userId, errcode: error.errcode });
    }
  }
};

const STAYS: ReadonlySet<string> = new Set(['join', 'invite', 'knock']);

const roomsToLeave = (engine: Engine, userId: UserId): Promise<readonly RoomId[]> =>
  engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, userId);
    if (user_nid === undefined) return [];
    const found = new Set<string>();
    for (const row of await reader.scan(memberships, { index: 'by_user', where: { user_nid } })) {
      if (STAYS.has(row.membership)) found.add((await roomByNid(reader, row.room_nid))?.room_id ?? '');
    }
    for (const row of await reader.scan(remoteMemberships, { where: { user_nid } })) {
      if (STAYS.has(row.membership)) found.add(row.room_id);
    }
    return [...found].flatMap((text) => parseRoomId(text) ?? []);
  });
