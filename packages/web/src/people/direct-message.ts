import { EventType, type MatrixClient, Preset } from 'matrix-js-sdk';
import { directRoomsOf } from '../rooms/room-summaries.ts';
import { findDirectRoom, withDirectRoom } from './direct-rooms.ts';
import { serverNameOf } from './organisation.ts';

/** The direct message with these people, no others: found again, or made. */
export async function openDirectMessage(client: MatrixClient, ...userIds: string[]): Promise<string> {
  const [first, ...rest] = userIds;
  if (first === undefined) throw new Error('A direct message needs somebody to write to.');
  const existing = findDirectRoom(directRoomsOf(client), first, (roomId) => {
    const others = othersIn(client, roomId);
    if (others === undefined) return false;
    if (others.length === 0) return rest.length === 0 && wasOnlyWith(client, roomId, first);
    return others.length === userIds.length && userIds.every((userId) => others.includes(userId));
  });
  if (existing) return existing;
  const here = serverNameOf(client.getSafeUserId());
  const local = userIds.every((userId) => serverNameOf(userId) === here);
  const { room_id: roomId } = await client.createRoom({
    preset: Preset.TrustedPrivateChat,
    is_direct: true,
    invite: [...userIds],
    // Between people of this organisation nothing has to leave it.
    ...(local ? { creation_content: { 'm.federate': false } } : {}),
  });
  for (const userId of userIds) await markDirect(client, userId, roomId);
  return roomId;
}

/** Everybody else who is in a joined room or invited to it. */
function othersIn(client: MatrixClient, roomId: string): readonly string[] | undefined {
  const room = client.getRoom(roomId);
  if (room?.getMyMembership() !== 'join') return undefined;
  const members = [...room.getMembersWithMembership('join'), ...room.getMembersWithMembership('invite')];
  return members.map(({ userId }) => userId).filter((userId) => userId !== client.getUserId());
}

/** Members are loaded late: a room of whose others nothing is known yet may be with one person only. */
function wasOnlyWith(client: MatrixClient, roomId: string, userId: string): boolean {
  return client.getRoom(roomId)?.getMember(userId)?.membership === undefined;
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
