import type { UserId } from '@causeway/protocol';
import { activeAccount, ownLocalpart, type Role } from '../accounts/account.ts';
import type { WorkspaceContext } from '../context.ts';
import { heldPermissions } from './permissions.ts';
import type { Permission } from './rights.ts';

/** What somebody is and may do in the workspace. */
export type Standing = {
  readonly userId: UserId;
  readonly role: Role;
  readonly permissions: readonly Permission[];
};

export const readStanding = async (
  context: WorkspaceContext,
  userId: UserId,
): Promise<Standing | undefined> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) return undefined;
  return context.store.read(async (reader) => {
    const account = await activeAccount(reader, localpart);
    if (account === undefined) return undefined;
    return { userId, role: account.role, permissions: await heldPermissions(context, reader, account) };
  });
};
