import { type JsonObject, ownProperty, type UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { accounts } from '../tables.ts';
import { userIdOf } from './account.ts';

export type FoundUser = {
  readonly userId: UserId;
  readonly displayName?: string;
  readonly avatarUrl?: string;
};

/** People of this workspace whose user ID or display name holds the term, ignoring case. */
export const searchUsers = async (
  context: WorkspaceContext,
  term: string,
  limit: number,
): Promise<readonly FoundUser[]> => {
  const wanted = term.trim().toLowerCase();
  const rows = await context.store.read((reader) => reader.scan(accounts, {}));
  const found: FoundUser[] = [];
  for (const row of rows) {
    if (found.length >= limit) break;
    if (row.deactivated_ts !== null) continue;
    const userId = userIdOf(row.localpart, context.serverName);
    const profile = JSON.parse(row.profile) as JsonObject;
    const displayName = textField(profile, 'displayname');
    if (![userId, displayName ?? ''].some((text) => text.toLowerCase().includes(wanted))) continue;
    const avatarUrl = textField(profile, 'avatar_url');
    found.push({
      userId,
      ...(displayName === undefined ? {} : { displayName }),
      ...(avatarUrl === undefined ? {} : { avatarUrl }),
    });
  }
  return found;
};

const textField = (profile: JsonObject, field: string): string | undefined => {
  const value = ownProperty(profile, field);
  return typeof value === 'string' ? value : undefined;
};
