import { notFound, type StoreReader } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { activeAccount, ownLocalpart } from '../accounts/account.ts';
import type { WorkspaceContext } from '../context.ts';
import { type AccountRow, accounts, permissions } from '../tables.ts';

/** Every permission there is. `access-federation`: take part in rooms with other organisations. */
export const permissionNames = ['access-federation'] as const;

export type Permission = (typeof permissionNames)[number];

export const isPermission = (text: string): text is Permission =>
  permissionNames.some((name) => name === text);

/** What the account may do: everything for an admin, what was granted for others, nothing when deactivated. */
export const heldPermissions = async (
  reader: StoreReader,
  account: AccountRow,
): Promise<readonly Permission[]> => {
  if (account.deactivated_ts !== null) return [];
  if (account.role === 'admin') return permissionNames;
  const rows = await reader.scan(permissions, { where: { localpart: account.localpart } });
  return rows.map((row) => row.permission).filter(isPermission);
};

/** Whether a local user holds a permission. Somebody who is not of this workspace holds none. */
export const holdsPermission = async (
  context: WorkspaceContext,
  userId: UserId,
  permission: Permission,
): Promise<boolean> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) return false;
  return context.store.read(async (reader) => {
    const account = await activeAccount(reader, localpart);
    return account !== undefined && (await heldPermissions(reader, account)).includes(permission);
  });
};

export const grantPermission = (
  context: WorkspaceContext,
  userId: UserId,
  permission: Permission,
): Promise<void> =>
  context.store.transact(async (tx) => {
    const { localpart } = await requireAccount(tx, context, userId);
    await tx.put(permissions, { localpart, permission, granted_ts: context.clock.now() });
  });

export const revokePermission = (
  context: WorkspaceContext,
  userId: UserId,
  permission: Permission,
): Promise<void> =>
  context.store.transact(async (tx) => {
    const { localpart } = await requireAccount(tx, context, userId);
    await tx.delete(permissions, { localpart, permission });
  });

export const setRole = (context: WorkspaceContext, userId: UserId, role: 'admin' | 'user'): Promise<void> =>
  context.store.transact(async (tx) => {
    const { localpart } = await requireAccount(tx, context, userId);
    await tx.update(accounts, { localpart }, { role });
  });

const requireAccount = async (reader: StoreReader, context: WorkspaceContext, userId: UserId) => {
  const localpart = ownLocalpart(userId, context.serverName);
  const account = localpart === undefined ? undefined : await activeAccount(reader, localpart);
  if (account === undefined) throw notFound(`There is no account ${userId} in this workspace.`);
  return account;
};
