import { notFound } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { deleteSessions } from '../sessions/end-session.ts';
import { accounts, permissions } from '../tables.ts';
import { ownLocalpart } from './account.ts';

/** Ends an account for good: its sessions, password, permissions and profile. Its name stays taken. */
export const deactivateAccount = async (context: WorkspaceContext, userId: UserId): Promise<void> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) throw notFound('This user is not of this workspace.');
  await context.store.transact(async (tx) => {
    const change = { password_hash: null, deactivated_ts: context.clock.now(), profile: '{}' };
    if (!(await tx.update(accounts, { localpart }, change))) throw notFound('There is no such account.');
    await tx.deleteRange(permissions, { where: { localpart } });
    await deleteSessions(tx, localpart);
  });
  context.sessionCache.forgetAll();
};
