import { forgetCrossSigning, forgetOpenIdTokens, refusal, type StoreTx } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { transactHearing } from '../permissions/hearing.ts';
import { deleteSessions, forgetSessions } from '../sessions/end-session.ts';
import { type AccountRow, accounts, departures, permissions } from '../tables.ts';
import { withdrawPasswordLinks } from './account-link.ts';
import { beginEdit, type Edit, FROM_COMMAND_LINE, requireAccount } from './edit-account.ts';
import { requireAnAdmin } from './last-admin.ts';

/**
 * Ends an account: its sessions, password, permissions, profile and keys for encryption. Its name stays taken. Leaving the rooms follows
 * by itself, also after a restart. With `erase` what the person left is erased as well, as the specification has it:
 * whoever joins a room afterwards gets their messages without content. An account that has ended can still be erased.
 *
 * Refuses with M_NOT_FOUND, M_CONFLICT, M_USER_DEACTIVATED, and for the only admin with M_FORBIDDEN.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate
 */
export const deactivateAccount = async (
  context: WorkspaceContext,
  userId: UserId,
  edit: Edit & { readonly erase?: boolean } = FROM_COMMAND_LINE,
): Promise<void> => {
  const { by, erase = false } = edit;
  await transactHearing(context, async (tx) => {
    const account = await requireAccount(tx, context, userId);
    const { localpart } = account;
    if (!isChange(account, erase)) {
      const code = account.erased_ts === null ? 'account-ended-already' : 'account-erased-already';
      throw refusal('M_USER_DEACTIVATED', faultOf(code, { person: userId }));
    }
    await beginEdit(tx, context, account, edit);
    const ts = context.clock.now();
    await tx.update(accounts, { localpart }, { ...emptied(account, ts), ...(erase ? erased(ts) : {}) });
    await tx.deleteRange(permissions, { where: { localpart } });
    await deleteSessions(context, tx, { localpart });
    await forgetCrossSigning(tx, userId);
    await forgetOpenIdTokens(tx, userId);
    await withdrawPasswordLinks(tx, localpart, ts);
    if (account.role === 'admin') await requireAnAdmin(tx);
    await tx.put(departures, { localpart, since_ts: ts, erase: Number(erase) });
    const action = erase ? 'account.erase' : 'account.deactivate';
    await appendAudit(tx, { ts, action, by, target: userId });
  });
  forgetSessions(context, userId);
  context.changes.tell({ kind: 'departure' });
};

const isChange = (account: AccountRow, erase: boolean): boolean =>
  account.deactivated_ts === null || (erase && account.erased_ts === null);

const emptied = (account: AccountRow, ts: number): Partial<AccountRow> => ({
  password_hash: null,
  deactivated_ts: account.deactivated_ts ?? ts,
  profile: '{}',
});

const erased = (ts: number): Partial<AccountRow> => ({
  erased_ts: ts,
  email: null,
  email_verified_by: null,
});

/**
 * Opens an account again that was deactivated, not erased. It has no password, no permissions and no rooms: an admin
 * makes a link for a new password. Refuses with M_NOT_FOUND, M_CONFLICT, M_FORBIDDEN, M_INVALID_PARAM.
 */
export const reactivateAccount = (context: WorkspaceContext, userId: UserId, edit: Edit): Promise<void> =>
  transactHearing(context, async (tx) => {
    const account = await requireAccount(tx, context, userId);
    refuseToReopen(account, userId);
    await beginEdit(tx, context, account, edit);
    await reopen(tx, account);
    const ts = context.clock.now();
    await appendAudit(tx, { ts, action: 'account.reactivate', by: edit.by, target: userId });
  });

const refuseToReopen = (account: AccountRow, userId: UserId): void => {
  if (account.deactivated_ts === null) {
    throw refusal('M_INVALID_PARAM', faultOf('account-open', { person: userId }));
  }
  if (account.erased_ts === null) return;
  throw refusal('M_FORBIDDEN', faultOf('account-erased', { person: userId }));
};

const reopen = async (tx: StoreTx, { localpart }: AccountRow): Promise<void> => {
  const profile = JSON.stringify({ displayname: localpart });
  await tx.update(accounts, { localpart }, { deactivated_ts: null, profile });
  await tx.delete(departures, { localpart });
};
