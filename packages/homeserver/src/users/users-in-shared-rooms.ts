/** @see https://spec.matrix.org/v1.19/client-server-api/#user-directory */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { memberships } from '../store/schema.ts';

/** Members of one room that are looked at. */
const MAX_MEMBERS = 1000;

/** Joined members of the rooms a user shares with others, for the user directory. */
export const usersInSharedRooms = (
  engine: Engine,
  input: { readonly userId: UserId; readonly term: string; readonly limit: number },
): Promise<
  readonly { readonly userId: UserId; readonly displayName?: string; readonly avatarUrl?: string }[]
> =>
  engine.store.read(async (reader) => {
    const userNid = await engine.names.userNid(reader, input.userId);
    if (userNid === undefined) return [];
    const term = input.term.toLowerCase();
    const found = new Map<UserId, { userId: UserId; displayName?: string; avatarUrl?: string }>();
    for (const own of await reader.scan(memberships, { index: 'by_user', where: { user_nid: userNid } })) {
      if (own.membership !== 'join') continue;
      const rows = await reader.scan(memberships, {
        index: 'by_membership',
        where: { room_nid: own.room_nid, membership: 'join' },
        limit: MAX_MEMBERS,
      });
      for (const row of rows) {
        const userId = await engine.names.userId(reader, row.user_nid);
        if (found.has(userId) || userId === input.userId) continue;
        const { displayname, avatar_url } = (await engine.events.byNid(reader, row.event_nid)).pdu.content;
        const name = typeof displayname === 'string' ? displayname : undefined;
        if (!userId.toLowerCase().includes(term) && !name?.toLowerCase().includes(term)) continue;
        found.set(userId, {
          userId,
          ...(name === undefined ? {} : { displayName: name }),
          ...(typeof avatar_url === 'string' ? { avatarUrl: avatar_url } : {}),
        });
        if (found.size > input.limit) return [...found.values()];
      }
    }
    return [...found.values()];
  });
