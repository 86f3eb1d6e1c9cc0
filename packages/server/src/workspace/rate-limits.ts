/** Keeps one person, or one address, from taking the server for themselves. */
import { type Clock, MatrixError } from '@causeway/homeserver';
import type { ClientSettings } from '@causeway/http';

export type RateLimit = NonNullable<ClientSettings['limit']>;

type LimitKind = Parameters<RateLimit>[1];

/** Requests at once, and then per second. What a person with a fast client does stays far below. */
const allowances: { readonly [kind in LimitKind]: { readonly burst: number; readonly perSecond: number } } = {
  read: { burst: 500, perSecond: 100 },
  write: { burst: 100, perSecond: 20 },
  login: { burst: 30, perSecond: 0.5 },
};

/** Counters cost memory; beyond this the one that was used longest ago is forgotten. */
const MAX_COUNTERS = 20_000;

export const createRateLimit = (clock: Clock): RateLimit => {
  const buckets = new Map<string, { readonly left: number; readonly at: number }>();
  return async (who, kind) => {
    const { burst, perSecond } = allowances[kind];
    const key = `${kind} ${who}`;
    const now = clock.now();
    const bucket = buckets.get(key) ?? { left: burst, at: now };
    const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond);
    buckets.delete(key);
    buckets.set(key, { left: left >= 1 ? left - 1 : left, at: now });
    const oldest = buckets.keys().next();
    if (buckets.size > MAX_COUNTERS && !oldest.done) buckets.delete(oldest.value);
    if (left >= 1) return;
    throw new MatrixError('M_LIMIT_EXCEEDED', 'Too many requests. Wait a moment.', {
      retry_after_ms: Math.ceil(((1 - left) / perSecond) * 1000),
    });
  };
};
