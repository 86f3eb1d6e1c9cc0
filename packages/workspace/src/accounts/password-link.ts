/** Links with which a person chooses a new password: made by an admin, used once. */
import type { UserId } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { deleteSessions, forgetSessions } from '../sessions/end-session.ts';
import { accounts } from '../tables.ts';
import { userIdOf } from './account.ts';
import { insertLink, type MadeLink, openLink, useLink, withdrawPasswordLinks } from './account-link.ts';
import { requireActive } from './edit-account.ts';
import { refuseWeakPassword } from './passwords.ts';

/** A working day and a night: it is handed over by somebody who knows the person. */
const LIFETIME_MS = 24 * 60 * 60_000;

/** Earlier links for this person end. The old password goes on until the link is used. */
export const createPasswordLink = (context: WorkspaceContext, userId: UserId, by: Actor): Promise<MadeLink> =>
  context.store.transact(async (tx) => {
    const { localpart } = await requireActive(tx, context, userId);
    const now = context.clock.now();
    await withdrawPasswordLinks(tx, localpart, now);
    const link = await insertLink(tx, {
      ...{ kind: 'password', localpart, uses: 1, now, by },
      lifetimeMs: LIFETIME_MS,
    });
    const after = { link: link.linkId, expires_ts: link.expiresTs };
    await appendAudit(tx, { ts: now, action: 'password-link.create', by, target: userId, after });
    return link;
  });

/** Whose password a link is for. Refuses as `openLink` does, and with M_USER_DEACTIVATED. */
export const readPasswordLink = (context: WorkspaceContext, secret: string): Promise<UserId> =>
  context.store.read(async (reader) => {
    const link = await openLink(reader, 'password', secret, context.clock.now());
    const userId = userIdOf(link.localpart ?? '', context.serverName);
    await requireActive(reader, context, userId);
    return userId;
  });

/** Sets the password and signs the person out everywhere. Refuses as `openLink` does, and with M_WEAK_PASSWORD. */
export const usePasswordLink = async (
  context: WorkspaceContext,
  use: { readonly secret: string; readonly password: string; readonly remoteAddress: string },
): Promise<UserId> => {
  // Before hashing, so that a dead link costs little; the transaction is what decides.
  await readPasswordLink(context, use.secret);
  refuseWeakPassword(use.password);
  const password_hash = await context.passwords.hash(use.password);
  const userId = await context.store.transact(async (tx) => {
    const now = context.clock.now();
    const link = await useLink(tx, 'password', use.secret, now);
    const userId = userIdOf(link.localpart ?? '', context.serverName);
    const { localpart } = await requireActive(tx, context, userId);
    await tx.update(accounts, { localpart }, { password_hash });
    await deleteSessions(context, tx, { localpart });
    const by = { name: userId, address: use.remoteAddress };
    const after = { link: link.link_id };
    await appendAudit(tx, { ts: now, action: 'password-link.use', by, target: userId, after });
    return userId;
  });
  forgetSessions(context, userId);
  return userId;
};
