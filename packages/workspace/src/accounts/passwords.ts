/**
 * Password hashes: argon2id, always off the event loop, never more than a few at a time.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9106
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
import { MatrixError, refusal } from '@causeway/homeserver';
import { hash, verify } from '@node-rs/argon2';
import { faultOf } from '../faults.ts';

export type PasswordCost = 'normal' | 'low';

/** `normal` is the first choice of the OWASP list; `low` is for tests, where many people sign in. */
const costs = {
  normal: { memoryCost: 19_456, timeCost: 2, parallelism: 1 },
  low: { memoryCost: 64, timeCost: 1, parallelism: 1 },
} as const;

/** Half of libuv's four threads: disk and DNS keep the others. */
const CONCURRENT_HASHES = 2;
/** At 20 ms each and two at a time this is half a second of waiting; beyond it the server is being flooded. */
const WAITING_HASHES = 50;
/** Longer passwords cost memory and add nothing. */
const MAX_PASSWORD_BYTES = 512;

/** What a person chooses on one of our pages; a client's or a script's password is only not empty. */
export const MIN_CHOSEN_PASSWORD = 10;

/** @throws M_WEAK_PASSWORD */
export const refuseWeakPassword = (password: string): void => {
  if (password.length >= MIN_CHOSEN_PASSWORD) return;
  throw refusal('M_WEAK_PASSWORD', faultOf('password-short', { least: MIN_CHOSEN_PASSWORD }));
};

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for an account that does not exist, or has no password, as for a wrong password. */
  verify(stored: string | null | undefined, password: string): Promise<boolean>;
}

export const createPasswords = (cost: PasswordCost): Passwords => {
  const gate = createGate();
  return {
    async hash(password) {
      if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
        throw refusal('M_INVALID_PARAM', faultOf('password-long', { most: MAX_PASSWORD_BYTES }));
      }
      return gate(() => hash(password, costs[cost]));
    },
    async verify(stored, password) {
      if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return false;
      if (typeof stored === 'string') return gate(() => verify(stored, password));
      await gate(() => hash(password, costs[cost]));
      return false;
    },
  };
};

/** Lets a few run at a time, some wait, and refuses the rest. */
const createGate = () => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <R>(work: () => Promise<R>): Promise<R> => {
    if (running >= CONCURRENT_HASHES) {
      if (waiting.length >= WAITING_HASHES) {
        throw new MatrixError('M_LIMIT_EXCEEDED', 'Too many people are signing in at once.', {
          retry_after_ms: 1000,
        });
      }
      // The one that ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
};
