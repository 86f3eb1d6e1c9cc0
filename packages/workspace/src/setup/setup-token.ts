/** The one-time token of the set-up link. Whoever can read the console is the one to set the workspace up. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock, Store, StoreReader, StoreTx } from '@causeway/homeserver';
import { settings } from '../tables.ts';
import { readSetting, writeSetting } from './setup-state.ts';

/** A working day and a night; a restart prints a new one. */
const LIFETIME_MS = 24 * 60 * 60_000;

/** Makes a token; an earlier one is not valid any more. */
export const issueSetupToken = async (store: Store, clock: Clock): Promise<string> => {
  const token = randomBytes(24).toString('base64url');
  const value = `${clock.now() + LIFETIME_MS} ${digest(token).toString('hex')}`;
  await store.transact((tx) => writeSetting(tx, 'setup_token', value));
  return token;
};

/** `expired`: it is the newest link, and its day is over. */
export type SetupTokenVerdict = 'right' | 'expired' | 'wrong';

export const judgeSetupToken = async (
  reader: StoreReader,
  token: string,
  now: number,
): Promise<SetupTokenVerdict> => {
  const [expires, hash] = ((await readSetting(reader, 'setup_token')) ?? '').split(' ');
  if (hash === undefined || !timingSafeEqual(Buffer.from(hash, 'hex'), digest(token))) return 'wrong';
  return now < Number(expires) ? 'right' : 'expired';
};

export const forgetSetupToken = (tx: StoreTx): Promise<void> => tx.delete(settings, { name: 'setup_token' });

const digest = (token: string) => createHash('sha256').update(token).digest();
