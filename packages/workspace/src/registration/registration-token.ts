/** @see https://spec.matrix.org/v1.19/client-server-api/#token-authenticated-registration */
import { randomBytes } from 'node:crypto';
import { refusal, type StoreTx } from '@causeway/homeserver';
import { type Actor, COMMAND_LINE } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { type Fault, faultOf } from '../faults.ts';
import { type RegistrationTokenRow, registrationTokens } from '../tables.ts';

export type TokenState = 'open' | 'used' | 'expired' | 'withdrawn';

export type RegistrationToken = {
  readonly token: string;
  readonly state: TokenState;
  readonly used: number;
  /** Absent: any number of times. */
  readonly uses?: number;
  /** Absent: for ever. */
  readonly expiresTs?: number;
  readonly createdTs?: number;
  readonly createdBy?: string;
};

export type NewToken = {
  /** Chosen here when absent. */
  readonly token?: string | undefined;
  readonly uses?: number | undefined;
  readonly expiresTs?: number | undefined;
};

const MAX_USES = 1_000_000;
const LONGEST_TOKEN = 64;

/** Makes a registration token. Refuses with M_INVALID_PARAM. */
export const createRegistrationToken = async (
  context: WorkspaceContext,
  wish: NewToken,
  by: Actor = COMMAND_LINE,
): Promise<string> => {
  const now = context.clock.now();
  const { token = randomBytes(12).toString('hex'), uses, expiresTs } = wish;
  const fault = faultOfWish({ token, uses, expiresTs }, now);
  if (fault !== undefined) throw refusal('M_INVALID_PARAM', fault);
  await context.store.transact(async (tx) => {
    if ((await tx.get(registrationTokens, { token })) !== undefined) {
      throw refusal('M_INVALID_PARAM', faultOf('token-taken'));
    }
    const limits = { uses_allowed: uses ?? null, expires_ts: expiresTs ?? null };
    const made = { created_ts: now, created_by: by.name, withdrawn_ts: null };
    await tx.insert(registrationTokens, { token, used: 0, ...limits, ...made });
    // The token opens the door: it stays out of a log that is exported.
    const after = { uses: limits.uses_allowed, expires_ts: limits.expires_ts };
    await appendAudit(tx, { ts: now, action: 'registration-token.create', by, after });
  });
  return token;
};

const faultOfWish = ({ token = '', uses, expiresTs }: NewToken, now: number): Fault | undefined => {
  const hasItsLetters = /^[A-Za-z0-9._~-]+$/.test(token) && token.length <= LONGEST_TOKEN;
  if (!hasItsLetters) return faultOf('token-letters', { most: LONGEST_TOKEN });
  if (uses !== undefined && !(uses >= 1 && uses <= MAX_USES)) {
    return faultOf('token-people', { least: 1, most: MAX_USES });
  }
  return expiresTs !== undefined && expiresTs <= now ? faultOf('token-past') : undefined;
};

/** Those that can be used first, then by age, newest first. */
export const listRegistrationTokens = async (
  context: WorkspaceContext,
): Promise<readonly RegistrationToken[]> => {
  const now = context.clock.now();
  const rows = await context.store.read((reader) => reader.scan(registrationTokens, {}));
  const sorted = [...rows].sort(
    (a, b) =>
      Number(stateOf(b, now) === 'open') - Number(stateOf(a, now) === 'open') ||
      (b.created_ts ?? 0) - (a.created_ts ?? 0),
  );
  return sorted.map((row) => ({
    token: row.token,
    state: stateOf(row, now),
    used: row.used,
    ...(row.uses_allowed === null ? {} : { uses: row.uses_allowed }),
    ...(row.expires_ts === null ? {} : { expiresTs: row.expires_ts }),
    ...(row.created_ts === null ? {} : { createdTs: row.created_ts }),
    ...(row.created_by === null ? {} : { createdBy: row.created_by }),
  }));
};

/** Who registered with it before stays. @throws M_NOT_FOUND, M_INVALID_PARAM when it has ended already */
export const withdrawRegistrationToken = (
  context: WorkspaceContext,
  token: string,
  by: Actor,
): Promise<void> =>
  context.store.transact(async (tx) => {
    const row = await tx.get(registrationTokens, { token });
    if (row === undefined) throw refusal('M_NOT_FOUND', faultOf('token-unknown'));
    const ts = context.clock.now();
    const state = stateOf(row, ts);
    if (state !== 'open') throw refusal('M_INVALID_PARAM', faultOf('token-ended'));
    await tx.update(registrationTokens, { token }, { withdrawn_ts: ts });
    const before = { uses: row.uses_allowed, used: row.used, expires_ts: row.expires_ts };
    await appendAudit(tx, { ts, action: 'registration-token.withdraw', by, before });
  });

/** Whether somebody could register with this token now. */
export const isRegistrationTokenValid = (context: WorkspaceContext, token: string): Promise<boolean> =>
  context.store.read(async (reader) =>
    isUsable(await reader.get(registrationTokens, { token }), context.clock.now()),
  );

/** Counts one use of the token, inside the transaction that makes the account. */
export const useRegistrationToken = async (tx: StoreTx, token: string, now: number): Promise<void> => {
  const row = await tx.get(registrationTokens, { token });
  if (!isUsable(row, now)) throw refusal('M_FORBIDDEN', faultOf('token-invalid'));
  await tx.update(registrationTokens, { token }, { used: row.used + 1 });
};

const stateOf = (row: RegistrationTokenRow, now: number): TokenState => {
  if (row.withdrawn_ts !== null) return 'withdrawn';
  if (row.uses_allowed !== null && row.used >= row.uses_allowed) return 'used';
  return row.expires_ts !== null && now >= row.expires_ts ? 'expired' : 'open';
};

const isUsable = (row: RegistrationTokenRow | undefined, now: number): row is RegistrationTokenRow =>
  row !== undefined && stateOf(row, now) === 'open';
