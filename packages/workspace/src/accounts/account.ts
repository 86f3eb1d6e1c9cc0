import type { StoreReader } from '@causeway/homeserver';
import { makeUserId, parseUserId, type ServerName, type UserId } from '@causeway/protocol';
import { type AccountRow, accounts } from '../tables.ts';

/** `admin`, `user`, `guest`, or one that an admin made. */
export type Role = string;

export type Account = {
  readonly userId: UserId;
  readonly role: Role;
  readonly deactivated: boolean;
  readonly createdTs: number;
  readonly email?: string;
  readonly emailVerified: boolean;
};

/** The localpart of a user ID of this workspace; undefined for anybody else's. */
export const ownLocalpart = (userId: string, serverName: ServerName): string | undefined => {
  const colon = userId.indexOf(':');
  if (!userId.startsWith('@') || colon < 0 || userId.slice(colon + 1) !== serverName) return undefined;
  return userId.slice(1, colon);
};

/**
 * What somebody typed as their name, as a localpart: `ada`, `Ada` and `@ada:north.test` are one person.
 * Undefined when it cannot be a name here.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#user-identifiers
 */
export const localpartFromInput = (input: string, serverName: ServerName): string | undefined => {
  const text = input.trim();
  const localpart = text.startsWith('@') ? ownLocalpart(text, serverName) : text;
  const lower = localpart?.toLowerCase();
  return lower !== undefined && makeUserId(lower, serverName) !== undefined ? lower : undefined;
};

/** The row of a person who can sign in: there is one, and it was not deactivated. */
export const activeAccount = async (
  reader: StoreReader,
  localpart: string,
): Promise<AccountRow | undefined> => {
  const row = await reader.get(accounts, { localpart });
  return row?.deactivated_ts === null ? row : undefined;
};

export const accountFromRow = (row: AccountRow, serverName: ServerName): Account => ({
  userId: userIdOf(row.localpart, serverName),
  role: row.role,
  deactivated: row.deactivated_ts !== null,
  createdTs: row.created_ts,
  ...(row.email === null ? {} : { email: row.email }),
  emailVerified: row.email_verified_by !== null,
});

/** The user ID of a localpart that is in our tables. */
export const userIdOf = (localpart: string, serverName: ServerName): UserId => {
  const userId = parseUserId(`@${localpart}:${serverName}`);
  if (userId === undefined) throw new Error(`the localpart ${localpart} makes no user ID`);
  return userId;
};
