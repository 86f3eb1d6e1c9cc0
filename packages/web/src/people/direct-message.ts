import { EventType, type MatrixClient, Preset } from 'matrix-js-sdk';
import { directRoomsOf } from '../rooms/room-summaries.ts';
import { findDirectRoom, withDirectRoom } from './direct-rooms.ts';
import { serverNameOf } from './organisation.ts';

/** The direct message with a person: found again, or made. */
export async function openDirectMessage(client: MatrixClient, userId: string): Promise<string> {
  const existing = findDirectRoom(directRoomsOf(client), userId, (roomId) => {
    const room = client.getRoom(roomId);
    const theirs = room?.getMember(userId)?.membership;
    return (
      room?.getMyMembership() === 'join' && (theirs === 'join' || theirs === 'invite' || theirs === undefined)
    );
  });
  if (existing) return existing;
  const local = serverNameOf(userId) === serverNameOf(client.getSafeUserId());
  const { room_id: roomId } = await client.createRoom({
    preset: Preset.TrustedPrivateChat,
    is_direct: true,
    invite: [userId],
    // Between two people of this organisation nothing has to leave it.
    ...(local ? { creation_content: { 'm.federate': false } } : {}),
  });
  await markDirect(client, userId, roomId);
  return roomId;
}

/** Writes into the account data that a room is a direct message with a person. */
export async function markDirect(client: MatrixClient, userId: string, roomId: string): Promise<void> {
  const direct = directRoomsOf(client);
  const next = withDirectRoom(direct, userId, roomId);
  if (next === direct) return;
  await client.setAccountData(
    EventType.Direct,
    Object.fromEntries(Object.entries(next).map(([id, rooms]) => [id, [...rooms]])),
  );
}
