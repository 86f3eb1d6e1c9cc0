import { refusal, type StoreReader, type StoreTx } from '@causeway/homeserver';
import { makeUserId, type ServerName, type UserId } from '@causeway/protocol';
import { type Actor, COMMAND_LINE } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { isRole, unknownRole } from '../permissions/roles.ts';
import { accounts } from '../tables.ts';
import { type Role, userIdOf } from './account.ts';
import { refuseWeakPassword } from './passwords.ts';

/**
 * Makes an account because an operator says so. Refused with M_INVALID_USERNAME, M_USER_IN_USE, M_INVALID_PARAM for a
 * role that there is not, and where somebody typed the password on a page, M_WEAK_PASSWORD.
 */
export const createAccount = async (
  context: WorkspaceContext,
  account: {
    readonly localpart: string;
    /** Absent: nobody can sign in before a link for a password was used. */
    readonly password?: string | undefined;
    readonly role: Role;
    readonly displayName?: string | undefined;
    readonly by?: Actor;
  },
): Promise<UserId> => {
  const localpart = checkNewLocalpart(account.localpart, context.serverName);
  const { role, password, displayName } = account;
  if (account.by !== undefined && password !== undefined) refuseWeakPassword(password);
  const passwordHash = password === undefined ? null : await context.passwords.hash(password);
  const createdTs = context.clock.now();
  const userId = userIdOf(localpart, context.serverName);
  const by = account.by ?? COMMAND_LINE;
  await context.store.transact(async (tx) => {
    if (!(await isRole(tx, role))) throw unknownRole(role);
    await insertAccount(tx, { localpart, passwordHash, role, displayName, createdTs });
    await appendAudit(tx, { ts: createdTs, action: 'account.create', by, target: userId, after: { role } });
  });
  return userId;
};

/** The name itself when we may give it out. */
export const checkNewLocalpart = (localpart: string, serverName: ServerName): string => {
  if (makeUserId(localpart, serverName) !== undefined) return localpart;
  throw refusal('M_INVALID_USERNAME', faultOf('user-name'));
};

/** Also a deactivated account keeps its name, so that nobody is taken for somebody else. */
export const refuseTakenName = async (reader: StoreReader, localpart: string): Promise<void> => {
  if ((await reader.get(accounts, { localpart })) !== undefined) {
    throw refusal('M_USER_IN_USE', faultOf('user-name-taken', { name: localpart }));
  }
};

/** Adds the row, inside the transaction of whoever makes the account. */
export const insertAccount = async (
  tx: StoreTx,
  account: {
    readonly localpart: string;
    readonly passwordHash: string | null;
    readonly role: Role;
    readonly displayName: string | undefined;
    readonly createdTs: number;
  },
): Promise<void> => {
  await refuseTakenName(tx, account.localpart);
  await tx.insert(accounts, {
    localpart: account.localpart,
    password_hash: account.passwordHash,
    role: account.role,
    created_ts: account.createdTs,
    deactivated_ts: null,
    email: null,
    email_verified_by: null,
    erased_ts: null,
    last_seen_ts: null,
    version: null,
    changed_ts: null,
    changed_by: null,
    profile: JSON.stringify({ displayname: account.displayName ?? account.localpart }),
  });
};
