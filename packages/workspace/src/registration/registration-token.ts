import { forbidden, type StoreTx } from '@causeway/homeserver';
import { randomBytes } from 'node:crypto';
import type { WorkspaceContext } from '../context.ts';
import { type RegistrationTokenRow, registrationTokens } from '../tables.ts';

/** Makes a registration token, for `uses` people (undefined: any number) until `expiresTs` (undefined: for ever). */
export const createRegistrationToken = async (
  context: WorkspaceContext,
  limits: { readonly uses?: number; readonly expiresTs?: number },
): Promise<string> => {
  const token = randomBytes(12).toString('base64url');
  const row = { token, uses_allowed: limits.uses ?? null, used: 0, expires_ts: limits.expiresTs ?? null };
  await context.store.transact((tx) => tx.insert(registrationTokens, row));
  return token;
};

/** Whether somebody could register with this token now. */
export const isRegistrationTokenValid = (context: WorkspaceContext, token: string): Promise<boolean> =>
  context.store.read(async (reader) =>
    isUsable(await reader.get(registrationTokens, { token }), context.clock.now()),
  );

/** Counts one use of the token, inside the transaction that makes the account. */
export const useRegistrationToken = async (tx: StoreTx, token: string, now: number): Promise<void> => {
  const row = await tx.get(registrationTokens, { token });
  if (!isUsable(row, now)) throw forbidden('This registration token is not valid.');
  await tx.update(registrationTokens, { token }, { used: row.used + 1 });
};

const isUsable = (row: RegistrationTokenRow | undefined, now: number): row is RegistrationTokenRow =>
  row !== undefined &&
  (row.uses_allowed === null || row.used < row.uses_allowed) &&
  (row.expires_ts === null || now < row.expires_ts);
