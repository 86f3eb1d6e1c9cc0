/**
 * Slows the guessing of passwords down: so many wrong ones from one address, and fewer for one person from one
 * address. Counted per address, so that nobody can lock somebody else out.
 */
import { type Clock, MatrixError } from '@causeway/homeserver';

const WINDOW_MS = 5 * 60_000;
const WRONG_PER_ADDRESS_AND_USER = 10;
const WRONG_PER_ADDRESS = 100;
/** Addresses cost memory; beyond this the oldest is forgotten. */
const MAX_COUNTERS = 20_000;

export interface LoginAttempts {
  /** @throws M_LIMIT_EXCEEDED */
  check(address: string, user: string): void;
  wrong(address: string, user: string): void;
  right(address: string, user: string): void;
}

export const createLoginAttempts = (clock: Clock): LoginAttempts => {
  const counters = new Map<string, { readonly since: number; readonly wrong: number }>();
  const countOf = (key: string) => {
    const counter = counters.get(key);
    return counter === undefined || clock.now() - counter.since > WINDOW_MS ? undefined : counter;
  };
  const add = (key: string) => {
    const counter = countOf(key) ?? { since: clock.now(), wrong: 0 };
    counters.delete(key);
    counters.set(key, { since: counter.since, wrong: counter.wrong + 1 });
    const oldest = counters.keys().next();
    if (counters.size > MAX_COUNTERS && !oldest.done) counters.delete(oldest.value);
  };
  return {
    check(address, user) {
      const limits = [
        { counter: countOf(pairKey(address, user)), limit: WRONG_PER_ADDRESS_AND_USER },
        { counter: countOf(address), limit: WRONG_PER_ADDRESS },
      ];
      for (const { counter, limit } of limits) {
        if (counter === undefined || counter.wrong < limit) continue;
        throw new MatrixError('M_LIMIT_EXCEEDED', 'Too many wrong passwords. Wait a few minutes.', {
          retry_after_ms: counter.since + WINDOW_MS - clock.now(),
        });
      }
    },
    wrong(address, user) {
      add(pairKey(address, user));
      add(address);
    },
    right: (address, user) => void counters.delete(pairKey(address, user)),
  };
};

const pairKey = (address: string, user: string) => `${address} ${user.toLowerCase()}`;
