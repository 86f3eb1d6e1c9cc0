import { refusal, type StoreReader } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { activeAccount, ownLocalpart } from '../accounts/account.ts';
import { beginEdit, type Edit, FROM_COMMAND_LINE, requireActive } from '../accounts/edit-account.ts';
import { requireAnAdmin } from '../accounts/last-admin.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { type AccountRow, accounts, permissions } from '../tables.ts';
import { transactHearing } from './hearing.ts';
import { emailRuleOf, type Permission, permissionNames, type Rights, rightsOfAccount } from './rights.ts';
import { isRole, unknownRole } from './roles.ts';

/** What the account may do, by name; nothing when deactivated. */
export const heldPermissions = async (
  context: WorkspaceContext,
  reader: StoreReader,
  account: AccountRow,
): Promise<readonly Permission[]> => {
  const rights = await rightsOfAccount(reader, account, emailRuleOf(context.settings, context.serverName));
  return permissionNames.filter((name) => rights[name].held);
};

/** The rights of a local user; undefined for somebody who is not of this workspace, or not any more. */
export const rightsOf = async (context: WorkspaceContext, userId: UserId): Promise<Rights | undefined> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) return undefined;
  const email = emailRuleOf(context.settings, context.serverName);
  return context.store.read(async (reader) => {
    const account = await activeAccount(reader, localpart);
    return account && rightsOfAccount(reader, account, email);
  });
};

export const grantPermission = (
  context: WorkspaceContext,
  userId: UserId,
  permission: Permission,
  edit: Edit = FROM_COMMAND_LINE,
): Promise<void> =>
  transactHearing(context, async (tx) => {
    const account = await requireActive(tx, context, userId);
    await beginEdit(tx, context, account, edit);
    const ts = context.clock.now();
    await tx.put(permissions, { localpart: account.localpart, permission, granted_ts: ts });
    await appendAudit(tx, { ts, action: 'permission.grant', by: edit.by, target: userId, after: permission });
  });

export const revokePermission = (
  context: WorkspaceContext,
  userId: UserId,
  permission: Permission,
  edit: Edit = FROM_COMMAND_LINE,
): Promise<void> =>
  transactHearing(context, async (tx) => {
    const account = await requireActive(tx, context, userId);
    await beginEdit(tx, context, account, edit);
    await tx.delete(permissions, { localpart: account.localpart, permission });
    const ts = context.clock.now();
    const { by } = edit;
    await appendAudit(tx, { ts, action: 'permission.revoke', by, target: userId, before: permission });
  });

/** Refuses with M_NOT_FOUND, M_INVALID_PARAM for a role that there is not, and to leave nobody as admin. */
export const setRole = (
  context: WorkspaceContext,
  userId: UserId,
  role: string,
  edit: Edit = FROM_COMMAND_LINE,
): Promise<void> =>
  transactHearing(context, async (tx) => {
    const account = await requireActive(tx, context, userId);
    const { localpart, role: before } = account;
    if (!(await isRole(tx, role))) throw unknownRole(role);
    await beginEdit(tx, context, account, edit);
    await tx.update(accounts, { localpart }, { role });
    if (before === 'admin' && role !== 'admin') await requireAnAdmin(tx);
    const ts = context.clock.now();
    await appendAudit(tx, { ts, action: 'role.set', by: edit.by, target: userId, before, after: role });
  });

/** Sets or forgets an e-mail address; `verified`: the admin says that it is theirs. @throws M_INVALID_PARAM */
export const setEmail = (
  context: WorkspaceContext,
  userId: UserId,
  email: { readonly address: string | undefined; readonly verified: boolean },
  edit: Edit,
): Promise<void> =>
  transactHearing(context, async (tx) => {
    const account = await requireActive(tx, context, userId);
    const address = email.address?.trim() || null;
    if (address !== null && !/^[^\s@]{1,64}@[^\s@]{1,190}$/.test(address)) {
      throw refusal('M_INVALID_PARAM', faultOf('email-address', { address: address.slice(0, 100) }));
    }
    await beginEdit(tx, context, account, edit);
    const email_verified_by = address !== null && email.verified ? edit.by.name : null;
    await tx.update(accounts, { localpart: account.localpart }, { email: address, email_verified_by });
    await appendAudit(tx, {
      ts: context.clock.now(),
      action: 'account.email',
      by: edit.by,
      target: userId,
      before: { address: account.email, verified: account.email_verified_by !== null },
      after: { address, verified: email_verified_by !== null },
    });
  });
