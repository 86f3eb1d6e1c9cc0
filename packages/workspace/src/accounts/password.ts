import { forbidden, refusal } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { deleteSessions, forgetSessions } from '../sessions/end-session.ts';
import { accounts } from '../tables.ts';
import { activeAccount, localpartFromInput, ownLocalpart, userIdOf } from './account.ts';
import { refuseWeakPassword } from './passwords.ts';
import { faultOf } from '../faults.ts';

/**
 * The user whose name and password these are, or undefined. Takes the same time whether the user does not
 * exist, is deactivated or the password is wrong.
 */
export const findByPassword = async (
  context: WorkspaceContext,
  user: string,
  password: string,
): Promise<UserId | undefined> => {
  const localpart = localpartFromInput(user, context.serverName);
  const account = await context.store.read(async (reader) =>
    localpart === undefined ? undefined : activeAccount(reader, localpart),
  );
  const right = await context.passwords.verify(account?.password_hash, password);
  return right && account !== undefined ? userIdOf(account.localpart, context.serverName) : undefined;
};

/** Sets a new password and, when asked to, ends every session of the user but that of `keepDevice`. */
export const setPassword = async (
  context: WorkspaceContext,
  change: {
    readonly userId: UserId;
    readonly password: string;
    readonly logout: boolean;
    readonly keepDevice?: string;
    readonly by: Actor;
  },
): Promise<void> => {
  const localpart = ownLocalpart(change.userId, context.serverName);
  if (localpart === undefined) throw forbidden(faultOf('user-foreign'));
  const passwordHash = await context.passwords.hash(change.password);
  await context.store.transact(async (tx) => {
    if ((await activeAccount(tx, localpart)) === undefined) {
      throw refusal('M_USER_DEACTIVATED', faultOf('account-gone'));
    }
    await tx.update(accounts, { localpart }, { password_hash: passwordHash });
    if (change.logout) await deleteSessions(context, tx, { localpart, keepDevice: change.keepDevice });
    const ts = context.clock.now();
    await appendAudit(tx, { ts, action: 'account.password', by: change.by, target: change.userId });
  });
  forgetSessions(context, change.userId);
};

/** An operator sets a password; the person is signed out everywhere. @throws M_USER_DEACTIVATED, M_WEAK_PASSWORD */
export const resetPassword = (
  context: WorkspaceContext,
  userId: UserId,
  password: string,
  by: Actor,
): Promise<void> => {
  refuseWeakPassword(password);
  return setPassword(context, { userId, password, logout: true, by });
};
