import type { StoreTx } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { ownLocalpart } from '../accounts/account.ts';
import type { WorkspaceContext } from '../context.ts';
import { sessions } from '../tables.ts';

/** Signs devices of a person out. Those that are not signed in are passed over. */
export const endSessions = async (
  context: WorkspaceContext,
  userId: UserId,
  deviceIds: readonly string[],
): Promise<void> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) return;
  await context.store.transact(async (tx) => {
    for (const deviceId of deviceIds) await tx.delete(sessions, { localpart, device_id: deviceId });
  });
  context.sessionCache.forgetAll();
};

/** Signs a person out everywhere. */
export const endAllSessions = async (context: WorkspaceContext, userId: UserId): Promise<void> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) return;
  await context.store.transact((tx) => deleteSessions(tx, localpart));
  context.sessionCache.forgetAll();
};

/**
 * Signs a person out on all devices but the one to keep, inside the transaction that gives the reason. After
 * its commit the caller empties the session cache.
 */
export const deleteSessions = async (tx: StoreTx, localpart: string, keepDevice?: string): Promise<void> => {
  for (const session of await tx.scan(sessions, { where: { localpart } })) {
    if (session.device_id !== keepDevice)
      await tx.delete(sessions, { localpart, device_id: session.device_id });
  }
};
