import type { Clock, Store } from '@causeway/homeserver';
import { probeStore } from '@causeway/workspace';

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

export interface Health {
  readiness(): Promise<Readiness>;
  /** From now on not ready: somebody in front of us should send people elsewhere. */
  startDraining(): void;
}

/** Anybody may ask, and a probe is a durable write, so its answer is kept for a moment. */
const PROBE_LIFETIME_MS = 1_000;
/** A database that takes longer has people waiting already. */
const PROBE_TIMEOUT_MS = 3_000;

export const createHealth = (store: Store, clock: Clock): Health => {
  let draining = false;
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  return {
    async readiness() {
      if (draining) return { ready: false, reason: 'shutting down' };
      if (last === undefined || clock.now() - last.at > PROBE_LIFETIME_MS) {
        last = { at: clock.now(), answer: probe(store, clock) };
      }
      return last.answer;
    },
    startDraining() {
      draining = true;
    },
  };
};

/** The truth about a database is whether it takes a write. */
const probe = async (store: Store, clock: Clock): Promise<Readiness> => {
  const write = probeStore(store, clock.now())
    .then((): Readiness => ({ ready: true }))
    .catch((): Readiness => ({ ready: false, reason: 'the database does not take writes' }));
  const { promise: late, resolve } = Promise.withResolvers<Readiness>();
  const timer = setTimeout(
    () => resolve({ ready: false, reason: 'the database does not answer' }),
    PROBE_TIMEOUT_MS,
  );
  try {
    return await Promise.race([write, late]);
  } finally {
    clearTimeout(timer);
  }
};
