import { refusal } from '@causeway/homeserver';
import { randomBytes } from 'node:crypto';
import type { UserId } from '@causeway/protocol';
import { userIdOf } from '../accounts/account.ts';
import { checkNewLocalpart, insertAccount, refuseTakenName } from '../accounts/create-account.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
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
  /** Where the request came from, for the audit log. */
  readonly remoteAddress: string;
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
  const userId = userIdOf(localpart, context.serverName);
  await context.store.transact(async (tx) => {
    if (proof.kind === 'token') await useRegistrationToken(tx, proof.token, createdTs);
    const role = proof.kind === 'shared-secret' && proof.admin ? 'admin' : 'user';
    const displayName = proof.kind === 'shared-secret' ? proof.displayName : undefined;
    await insertAccount(tx, { localpart, passwordHash, role, createdTs, displayName });
    const by = { name: userId, address: registration.remoteAddress };
    const after = { role, proof: proof.kind };
    await appendAudit(tx, { ts: createdTs, action: 'account.register', by, target: userId, after });
  });
  return userId;
};

const refuseUnlessPermitted = (mode: RegistrationMode, proof: RegistrationProof): void => {
  if (proof.kind === 'shared-secret' || mode === 'open') return;
  if (mode === 'closed') throw refusal('M_FORBIDDEN', faultOf('registration-closed'));
  if (proof.kind === 'none') throw refusal('M_FORBIDDEN', faultOf('registration-needs-token'));
};

const newLocalpart = () => `u${randomBytes(8).toString('hex')}`;
