/** Keeps one person, or one address, from taking the server for themselves. */
import { type Allowance, type Clock, MatrixError, TokenBuckets } from '@causeway/homeserver';
import type { ClientSettings } from '@causeway/http';

export type RateLimit = NonNullable<ClientSettings['limit']>;

type LimitKind = Parameters<RateLimit>[1];

/** Requests at once, and then per second. What a person with a fast client does stays far below. */
const allowances: { readonly [kind in LimitKind]: Allowance } = {
  read: { burst: 500, perSecond: 100 },
  write: { burst: 100, perSecond: 20 },
  login: { burst: 30, perSecond: 0.5 },
};

/** Counters cost memory; beyond this the one that was used longest ago is forgotten. */
const MAX_COUNTERS = 20_000;

export const createRateLimit = (clock: Clock): RateLimit => {
  const buckets = new TokenBuckets({ now: () => clock.now(), max: MAX_COUNTERS });
  return async (who, kind) => {
    const wait = buckets.take(`${kind} ${who}`, allowances[kind]);
    if (wait === 0) return;
    throw new MatrixError('M_LIMIT_EXCEEDED', 'Too many requests. Wait a moment.', { retry_after_ms: wait });
  };
};
