/** What admins change of an account: one of them at a time, on what they saw. */
import { type MatrixError, refusal, type StoreReader, type StoreTx } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { type Actor, COMMAND_LINE } from '../audit/actor.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { type AccountRow, accounts } from '../tables.ts';
import { ownLocalpart } from './account.ts';

export type Edit = {
  readonly by: Actor;
  /** The version that the admin saw. Absent: whatever it is now. */
  readonly basedOn?: number | undefined;
};

export const FROM_COMMAND_LINE: Edit = { by: COMMAND_LINE };

/** The account of a person of this workspace, deactivated or not. @throws M_NOT_FOUND */
export const requireAccount = async (
  reader: StoreReader,
  context: WorkspaceContext,
  userId: UserId,
): Promise<AccountRow> => {
  const localpart = ownLocalpart(userId, context.serverName);
  const account = localpart === undefined ? undefined : await reader.get(accounts, { localpart });
  if (account === undefined) throw refusal('M_NOT_FOUND', faultOf('account-unknown', { person: userId }));
  return account;
};

/** @throws M_NOT_FOUND */
export const requirePerson = async (context: WorkspaceContext, userId: UserId): Promise<void> =>
  void (await context.store.read((reader) => requireAccount(reader, context, userId)));

/** @throws M_NOT_FOUND, M_USER_DEACTIVATED */
export const requireActive = async (
  reader: StoreReader,
  context: WorkspaceContext,
  userId: UserId,
): Promise<AccountRow> => {
  const account = await requireAccount(reader, context, userId);
  if (account.deactivated_ts === null) return account;
  throw refusal('M_USER_DEACTIVATED', faultOf('account-deactivated', { person: userId }));
};

/**
 * Begins a change, inside its transaction: the version counts on, and a change that was based on an older one is
 * refused with M_CONFLICT and the name of who was first.
 */
export const beginEdit = async (
  tx: StoreTx,
  context: WorkspaceContext,
  account: AccountRow,
  edit: Edit,
): Promise<void> => {
  const version = account.version ?? 0;
  if (edit.basedOn !== undefined && edit.basedOn !== version) throw conflict(context, account);
  const change = { version: version + 1, changed_ts: context.clock.now(), changed_by: edit.by.name };
  await tx.update(accounts, { localpart: account.localpart }, change);
};

const conflict = (context: WorkspaceContext, account: AccountRow): MatrixError => {
  const { localpart, version, changed_by: who, changed_ts: ts } = account;
  const person = `@${localpart}:${context.serverName}`;
  const fault = faultOf('account-changed', { who: who ?? 'server', person, ts: ts ?? 0 });
  return refusal('M_CONFLICT', fault, { version: version ?? 0 });
};
