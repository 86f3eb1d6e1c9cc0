/** Whom a user does not want to hear. @see https://spec.matrix.org/v1.19/client-server-api/#ignoring-users */
import { isJsonObject, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoreReader } from '../store/store.ts';
import { readAccountData } from './account-data.ts';

const IGNORED_USERS_TYPE = 'm.ignored_user_list';

/** From memory. */
export const ignoredUsers = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
  userNid: number,
): Promise<ReadonlySet<string>> => {
  const known = engine.ownSettings.ignoredUsers.get(reader, userNid);
  if (known !== undefined) return known;
  const content = await readAccountData(engine, reader, { userId, roomId: '', type: IGNORED_USERS_TYPE });
  const listed = content?.ignored_users;
  const ignored = new Set(isJsonObject(listed) ? Object.keys(listed) : []);
  engine.ownSettings.ignoredUsers.set(reader, userNid, ignored);
  return ignored;
};
