/**
 * Tokens with which somebody shows a third party who they are, and nothing else: whoever was given one asks us for the
 * user ID.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#openid
 */
import { createHash, randomBytes } from 'node:crypto';
import { parseUserId, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { openidTokens } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';

const LIFETIME_MS = 3_600_000;
const TOKEN_BYTES = 32;
/** Of one person; beyond it, the oldest goes. */
const MAX_TOKENS = 100;
/** What is longer is none of ours. */
const MAX_TOKEN_CHARACTERS = 255;

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridopenidrequest_token */
export type OpenIdToken = {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly matrix_server_name: string;
  /** Seconds. */
  readonly expires_in: number;
};

/** Makes a token. Only its hash is kept. */
export const requestOpenIdToken = async (engine: Engine, userId: UserId): Promise<OpenIdToken> => {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const now = engine.clock.now();
  await engine.store.transact(async (tx) => {
    await tx.deleteRange(openidTokens, { index: 'by_time', lte: now });
    const earlier = await tx.scan(openidTokens, { index: 'by_user', where: { user_id: userId } });
    const tooMany = earlier.length - MAX_TOKENS + 1;
    for (const row of earlier.slice(0, Math.max(0, tooMany))) await tx.delete(openidTokens, row);
    await tx.insert(openidTokens, {
      token_hash: hashOf(token),
      user_id: userId,
      // Ordered also where several are made in one millisecond.
      number: await tx.next('openid_token'),
      expires_ts: now + LIFETIME_MS,
    });
  });
  return {
    access_token: token,
    token_type: 'Bearer',
    matrix_server_name: engine.serverName,
    expires_in: LIFETIME_MS / 1000,
  };
};

/** Who made this token. Refuses with M_UNKNOWN_TOKEN when it is not known, or no longer. */
export const openIdUser = async (engine: Engine, token: string): Promise<{ readonly sub: UserId }> => {
  const unknown = new MatrixError('M_UNKNOWN_TOKEN', 'This token is not known, or has expired.');
  if (token.length > MAX_TOKEN_CHARACTERS) throw unknown;
  const row = await engine.store.read((reader) => reader.get(openidTokens, { token_hash: hashOf(token) }));
  const userId = row && parseUserId(row.user_id);
  if (row === undefined || userId === undefined || row.expires_ts <= engine.clock.now()) throw unknown;
  if (!(await engine.directory.exists(userId))) throw unknown;
  return { sub: userId };
};

/** Called in the transaction in which the host ends somebody's account. */
export const forgetOpenIdTokens = async (tx: StoreTx, userId: UserId): Promise<void> => {
  for (const row of await tx.scan(openidTokens, { index: 'by_user', where: { user_id: userId } })) {
    await tx.delete(openidTokens, row);
  }
};

const hashOf = (token: string): Uint8Array => new Uint8Array(createHash('sha256').update(token).digest());
