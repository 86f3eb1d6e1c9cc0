import type { Room } from 'matrix-js-sdk';
import { serverNameOf } from '../people/organisation.ts';

const MOST = 3;

/** Servers that can let somebody into a room: one's own, and others that are in it, those with most members first. */
export function serversToAsk(room: Room, ownServer: string): string[] {
  const members = new Map<string, number>();
  for (const { userId } of room.getJoinedMembers()) {
    const server = serverNameOf(userId);
    members.set(server, (members.get(server) ?? 0) + 1);
  }
  members.delete(ownServer);
  const others = [...members].sort(([, a], [, b]) => b - a).map(([server]) => server);
  return [ownServer, ...others].slice(0, MOST);
}
