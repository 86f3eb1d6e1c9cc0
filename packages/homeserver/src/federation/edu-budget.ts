/**
 * How many EDUs one server may bring. Ephemeral data that is too much is dropped: it is newer soon, and the events of the
 * same transaction have nothing to do with it. Messages for devices are lost when they are dropped: the transaction is put
 * off as a whole.
 */
import type { ServerName } from '@causeway/protocol';
import type { Clock, EphemeralKind } from '../ports.ts';
import { type Allowance, TokenBuckets } from '../token-buckets.ts';

/** What each server may bring so much of. */
type CountedKind = EphemeralKind | 'device-lists';

/**
 * EDUs of one server. A receipt is lost for good, so there is more room for those than for what comes again anyway: a
 * server that was away sends one for each room at once.
 */
const ALLOWANCES: { readonly [kind in CountedKind]: Allowance } = {
  typing: { burst: 200, perSecond: 20 },
  presence: { burst: 200, perSecond: 20 },
  receipts: { burst: 2000, perSecond: 50 },
  // What is too much is fetched as a whole, later.
  'device-lists': { burst: 200, perSecond: 20 },
};

/** Messages for devices, each with its size: somebody with 50 devices in a room of 1,000 sends a key to all at once. */
const MESSAGES: Allowance = { burst: 5_000, perSecond: 100 };

/** For four kinds and messages each. */
const MAX_COUNTERS = 50_000;

export class EduBudget {
  readonly #buckets: TokenBuckets;

  constructor(clock: Clock) {
    this.#buckets = new TokenBuckets({ now: () => clock.now(), max: MAX_COUNTERS });
  }

  /** Whether one more EDU of this kind is taken in; if so, it counts. */
  take(origin: ServerName, kind: CountedKind): boolean {
    return this.#buckets.take(`${kind} ${origin}`, ALLOWANCES[kind]) === 0;
  }

  /** 0 when messages for devices of this cost are taken in, and count; else in how many milliseconds they may come. */
  takeMessages(origin: ServerName, cost: number): number {
    return this.#buckets.take(`messages ${origin}`, MESSAGES, cost);
  }
}
