/** Forgetting a room that one has left. @see https://spec.matrix.org/v1.19/client-server-api/#leaving-rooms */
import type { RoomId, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { refusal } from '../matrix-error.ts';
import { forgottenRooms, memberships, remoteMemberships } from '../store/schema.ts';
import { roomById } from './current-state.ts';
import { faultOf } from '../refusals.ts';

/** The room leaves the user's lists. Refuses while the user is still in it. */
export const forgetRoom = (
  engine: Engine,
  { roomId, userId }: { readonly roomId: RoomId; readonly userId: UserId },
): Promise<void> =>
  engine.store.transact(async (tx) => {
    const user_nid = await engine.names.internUser(tx, userId);
    const room = await roomById(tx, roomId);
    const row = room && (await tx.get(memberships, { room_nid: room.room_nid, user_nid }));
    if (row !== undefined && row.membership !== 'leave' && row.membership !== 'ban') {
      throw refusal('M_UNKNOWN', faultOf('leave-first'));
    }
    if (row !== undefined) {
      await tx.put(forgottenRooms, { user_nid, room_nid: row.room_nid, stream: row.stream });
    }
    await tx.delete(remoteMemberships, { user_nid, room_id: roomId });
  });
