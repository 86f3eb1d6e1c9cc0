import { MatrixError, type StoreReader, type StoreTx } from '@causeway/homeserver';
import { makeUserId, type ServerName, type UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { accounts } from '../tables.ts';
import { type Role, userIdOf } from './account.ts';

/** Makes an account because an operator says so. Refused with `M_INVALID_USERNAME` or `M_USER_IN_USE`. */
export const createAccount = async (
  context: WorkspaceContext,
  account: {
    readonly localpart: string;
    readonly password: string;
    readonly role: Role;
    readonly displayName?: string;
  },
): Promise<UserId> => {
  const localpart = checkNewLocalpart(account.localpart, context.serverName);
  const passwordHash = await context.passwords.hash(account.password);
  const createdTs = context.clock.now();
  const { role, displayName } = account;
  await context.store.transact((tx) =>
    insertAccount(tx, { localpart, passwordHash, role, displayName, createdTs }),
  );
  return userIdOf(localpart, context.serverName);
};

/** The name itself when we may give it out. */
export const checkNewLocalpart = (localpart: string, serverName: ServerName): string => {
  if (makeUserId(localpart, serverName) !== undefined) return localpart;
  throw new MatrixError(
    'M_INVALID_USERNAME',
    'A user name may have the letters a to z, digits and the characters . _ = - / + and must not be too long.',
  );
};

/** Also a deactivated account keeps its name, so that nobody is taken for somebody else. */
export const refuseTakenName = async (reader: StoreReader, localpart: string): Promise<void> => {
  if ((await reader.get(accounts, { localpart })) !== undefined) {
    throw new MatrixError('M_USER_IN_USE', `The user name ${localpart} is taken.`);
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
    profile: JSON.stringify({ displayname: account.displayName ?? account.localpart }),
  });
};
