import { notFound, type Profile, refusal } from '@causeway/homeserver';
import type { JsonObject, JsonValue, ServerName, UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { accounts } from '../tables.ts';
import { activeAccount, ownLocalpart } from './account.ts';
import { faultOf } from '../faults.ts';

/**
 * Longest profile, all fields together, in bytes.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#profiles
 */
const MAX_PROFILE_BYTES = 65_536;

export const readProfile = async (
  context: WorkspaceContext,
  userId: UserId,
): Promise<Profile | undefined> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) return undefined;
  const account = await context.store.read((reader) => activeAccount(reader, localpart));
  return account === undefined ? undefined : (JSON.parse(account.profile) as JsonObject);
};

/** Sets one field of a local user's profile, or removes it when the value is undefined. */
export const setProfileField = async (
  context: WorkspaceContext,
  userId: UserId,
  change: { readonly field: string; readonly value: JsonValue | undefined },
): Promise<void> => {
  const localpart = requireOwn(userId, context.serverName);
  await context.store.transact(async (tx) => {
    const account = await activeAccount(tx, localpart);
    if (account === undefined) throw notFound(faultOf('account-unknown', { person: userId }));
    const fields = new Map(Object.entries(JSON.parse(account.profile) as JsonObject));
    if (change.value === undefined) fields.delete(change.field);
    else fields.set(change.field, change.value);
    const profile = JSON.stringify(Object.fromEntries(fields));
    if (Buffer.byteLength(profile) > MAX_PROFILE_BYTES) {
      throw refusal('M_PROFILE_TOO_LARGE', faultOf('profile-large'));
    }
    await tx.update(accounts, { localpart }, { profile });
  });
};

const requireOwn = (userId: UserId, serverName: ServerName): string => {
  const localpart = ownLocalpart(userId, serverName);
  if (localpart === undefined) throw notFound(faultOf('user-foreign'));
  return localpart;
};
