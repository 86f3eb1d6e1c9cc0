import { usersInSharedRooms } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';
import { optionalInteger, requiredString } from '../fields.ts';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 50;

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3user_directorysearch */
export const searchUsers = route('POST', v3('/user_directory/search'), async (call) => {
  const { engine, accounts, userId, request } = call;
  const body = request.jsonObject();
  const term = requiredString(body, 'search_term');
  const limit = Math.max(1, Math.min(optionalInteger(body, 'limit') ?? DEFAULT_LIMIT, MAX_LIMIT));
  const local = await accounts.searchUsers(term, limit + 1);
  const shared = await usersInSharedRooms(engine, { userId, term, limit: limit + 1 });
  const found = new Map([...shared, ...local].map((user) => [user.userId, user]));
  const results = [...found.values()].filter((user) => user.userId !== userId);
  return {
    results: results.slice(0, limit).map((user) => ({
      user_id: user.userId,
      ...(user.displayName === undefined ? {} : { display_name: user.displayName }),
      ...(user.avatarUrl === undefined ? {} : { avatar_url: user.avatarUrl }),
    })),
    limited: results.length > limit,
  };
});
