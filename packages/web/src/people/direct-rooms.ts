import { isObject } from '../session/matrix-request.ts';

/** The `m.direct` account data: user ID to the rooms that are direct messages with that person. */
export type DirectRooms = { readonly [userId: string]: readonly string[] };

export function parseDirectRooms(content: unknown): DirectRooms {
  const rooms: Record<string, string[]> = {};
  if (!isObject(content)) return rooms;
  for (const [userId, list] of Object.entries(content)) {
    if (Array.isArray(list)) rooms[userId] = list.filter((id): id is string => typeof id === 'string');
  }
  return rooms;
}

/** The people a room is a direct message with: one, or a group. */
export function peersOf(direct: DirectRooms, roomId: string): readonly string[] {
  return Object.keys(direct).filter((userId) => direct[userId]?.includes(roomId));
}

/** The existing direct message with a person: the first of theirs that can still be used. */
export function findDirectRoom(
  direct: DirectRooms,
  userId: string,
  usable: (roomId: string) => boolean,
): string | undefined {
  return direct[userId]?.find(usable);
}

export function withDirectRoom(direct: DirectRooms, userId: string, roomId: string): DirectRooms {
  const rooms = direct[userId] ?? [];
  return rooms.includes(roomId) ? direct : { ...direct, [userId]: [roomId, ...rooms] };
}
