import { forgetDevice, refusal, type StoreTx } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { ownLocalpart, userIdOf } from '../accounts/account.ts';
import { requireAccount } from '../accounts/edit-account.ts';
import { type Actor, actorOf } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { accounts, type SessionRow, sessions } from '../tables.ts';
import type { Session } from './session.ts';

/** Signs devices of a person out. Those that are not signed in are passed over. */
export const endSessions = async (
  context: WorkspaceContext,
  requester: Session,
  deviceIds: readonly string[],
): Promise<void> => {
  const localpart = ownLocalpart(requester.userId, context.serverName);
  if (localpart === undefined) return;
  await context.store.transact(async (tx) => {
    for (const deviceId of deviceIds) {
      const session = await tx.get(sessions, { localpart, device_id: deviceId });
      if (session === undefined) continue;
      await deleteSession(context, tx, session);
      const by = actorOf(requester);
      await appendAudit(tx, { ts: context.clock.now(), action: 'sign-in.end', by, target: deviceId });
    }
  });
  forgetSessions(context, requester.userId);
};

/** Signs a person out everywhere. */
export const endAllSessions = async (context: WorkspaceContext, requester: Session): Promise<void> => {
  const localpart = ownLocalpart(requester.userId, context.serverName);
  if (localpart === undefined) return;
  await context.store.transact(async (tx) => {
    await deleteSessions(context, tx, { localpart });
    await appendAudit(tx, { ts: context.clock.now(), action: 'sign-in.end-all', by: actorOf(requester) });
  });
  forgetSessions(context, requester.userId);
};

/** An admin signs a person out: on one device, or everywhere. @throws M_NOT_FOUND */
export const signOut = async (
  context: WorkspaceContext,
  userId: UserId,
  where: { readonly device: string } | 'everywhere',
  by: Actor,
): Promise<void> => {
  await context.store.transact(async (tx) => {
    const { localpart } = await requireAccount(tx, context, userId);
    const ts = context.clock.now();
    if (where === 'everywhere') {
      await deleteSessions(context, tx, { localpart });
      await appendAudit(tx, { ts, action: 'sign-in.end-all', by, target: userId });
      return;
    }
    const session = await tx.get(sessions, { localpart, device_id: where.device });
    if (session === undefined) throw refusal('M_NOT_FOUND', faultOf('session-ended'));
    await deleteSession(context, tx, session);
    await appendAudit(tx, { ts, action: 'sign-in.end', by, target: userId, before: where });
  });
  forgetSessions(context, userId);
};

/**
 * Signs a person out on all devices but the one to keep, inside the transaction that gives the reason. After
 * its commit the caller calls {@link forgetSessions}.
 */
export const deleteSessions = async (
  context: WorkspaceContext,
  tx: StoreTx,
  { localpart, keepDevice }: { readonly localpart: string; readonly keepDevice?: string | undefined },
): Promise<void> => {
  for (const session of await tx.scan(sessions, { where: { localpart } })) {
    if (session.device_id !== keepDevice) await deleteSession(context, tx, session);
  }
};

/** After the commit: no request gets through any more, and what waits for news looks again who asks. */
export const forgetSessions = (context: WorkspaceContext, userId: UserId): void => {
  context.sessionCache.forgetAll();
  context.changes.tell({ kind: 'sessions', userId });
};

/** When a person was seen last stays known without the session. */
const deleteSession = async (
  { serverName }: WorkspaceContext,
  tx: StoreTx,
  session: SessionRow,
): Promise<void> => {
  const { localpart, device_id, last_seen_ts: seen } = session;
  await tx.delete(sessions, { localpart, device_id });
  await forgetDevice(tx, userIdOf(localpart, serverName), device_id);
  const account = await tx.get(accounts, { localpart });
  if (seen > (account?.last_seen_ts ?? 0)) await tx.update(accounts, { localpart }, { last_seen_ts: seen });
};
