import { EventType, type MatrixClient, MatrixError, Preset } from 'matrix-js-sdk';
import { say } from '../frame/say.ts';
import { directRoomsOf } from '../rooms/room-summaries.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem, errorCode } from '../session/problem.ts';
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
  const roomId = await client
    .createRoom({
      preset: Preset.TrustedPrivateChat,
      is_direct: true,
      invite: [...userIds],
      // Between people of this organisation nothing has to leave it.
      ...(local ? { creation_content: { 'm.federate': false } } : {}),
    })
    .then(({ room_id }) => room_id, roomThatWaits);
  for (const userId of userIds) await markDirect(client, userId, roomId);
  return roomId;
}

/** Where the invitation waits for an admin the room is there already. */
function roomThatWaits(problem: unknown): string {
  const roomId = problem instanceof MatrixError ? text(problem.data?.room_id) : undefined;
  if (roomId === undefined || errorCode(problem) !== 'CAUSEWAY_AWAITS_APPROVAL') throw problem;
  say(describeProblem(problem));
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
