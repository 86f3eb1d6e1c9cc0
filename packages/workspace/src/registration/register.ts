import { forbidden } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { randomBytes } from 'node:crypto';
import { userIdOf } from '../accounts/account.ts';
import { checkNewLocalpart, insertAccount, refuseTakenName } from '../accounts/create-account.ts';
import type { WorkspaceContext } from '../context.ts';
import { useRegistrationToken } from './registration-token.ts';

/** Who may make an account by themselves: nobody, people with a registration token, or anybody. */
export type RegistrationMode = 'closed' | 'token' | 'open';

/** What somebody who wants an account proved. */
export type RegistrationProof =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  /** An operator's script that knows the shared secret may register whatever the mode, and make admins. */
  | { readonly kind: 'shared-secret'; readonly admin: boolean; readonly displayName?: string };

export type Registration = {
  /** Chosen here when absent. */
  readonly localpart?: string;
  /** Absent: nobody signs in to it with a password. */
  readonly password?: string;
  readonly proof: RegistrationProof;
};

/** Makes an account for somebody who asked for one. A token is used up in the same transaction. */
export const register = async (
  context: WorkspaceContext,
  mode: RegistrationMode,
  registration: Registration,
): Promise<UserId> => {
  const { proof } = registration;
  refuseUnlessPermitted(mode, proof);
  const localpart = checkNewLocalpart(registration.localpart ?? newLocalpart(), context.serverName);
  // Before hashing, so that a taken name costs little; the transaction is what decides.
  await context.store.read((reader) => refuseTakenName(reader, localpart));
  const passwordHash =
    registration.password === undefined ? null : await context.passwords.hash(registration.password);
  const createdTs = context.clock.now();
  await context.store.transact(async (tx) => {
    if (proof.kind === 'token') await useRegistrationToken(tx, proof.token, createdTs);
    const role = proof.kind === 'shared-secret' && proof.admin ? 'admin' : 'user';
    const displayName = proof.kind === 'shared-secret' ? proof.displayName : undefined;
    await insertAccount(tx, { localpart, passwordHash, role, createdTs, displayName });
  });
  return userIdOf(localpart, context.serverName);
};

const refuseUnlessPermitted = (mode: RegistrationMode, proof: RegistrationProof): void => {
  if (proof.kind === 'shared-secret' || mode === 'open') return;
  if (mode === 'closed')
    throw forbidden('Registration is closed in this workspace. Ask an admin for an account.');
  if (proof.kind === 'none') throw forbidden('Registration in this workspace needs a registration token.');
};

const newLocalpart = () => `u${randomBytes(8).toString('hex')}`;
