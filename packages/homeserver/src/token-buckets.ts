/** How often each of many may do something: so much at once, and then so much per second. */
import { LRUCache } from 'lru-cache';

/** So much at once, and then so much per second. */
export type Allowance = { readonly burst: number; readonly perSecond: number };

type Bucket = { readonly left: number; readonly at: number };

/** How often each of many names may do something; in memory only. */
export class TokenBuckets {
  readonly #buckets: LRUCache<string, Bucket>;
  readonly #now: () => number;

  /** Beyond `max` names, the one that was used longest ago is forgotten: it starts with a full bucket again. */
  constructor(limits: { readonly now: () => number; readonly max: number }) {
    this.#buckets = new LRUCache({ max: limits.max });
    this.#now = limits.now;
  }

  /**
   * 0 when it may be done, and counts as done; else in how many milliseconds it may. What costs more than a full bucket
   * has may be done when the bucket is full.
   */
  take(name: string, { burst, perSecond }: Allowance, cost = 1): number {
    const now = this.#now();
    const bucket = this.#buckets.get(name) ?? { left: burst, at: now };
    const since = Math.max(0, now - bucket.at);
    const left = Math.min(burst, bucket.left + (since / 1000) * perSecond);
    const needed = Math.min(cost, burst);
    const isEnough = left >= needed;
    this.#buckets.set(name, { left: isEnough ? left - needed : left, at: now });
    return isEnough ? 0 : Math.ceil(((needed - left) / perSecond) * 1000);
  }
}
