/**
 * How many one-time keys of a device one server gets, where the device has a fallback key to give instead: so a server that
 * claims and claims leaves some to others.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysclaim
 */
import type { ServerName } from '@causeway/protocol';
import type { Clock } from '../../ports.ts';
import { type Allowance, TokenBuckets } from '../../token-buckets.ts';
import type { DeviceKey } from './one-time-keys.ts';

/**
 * Clients keep 50 for others, and claim one of a device once, for all that they send it. Twenty of a server's devices may
 * begin at the same time, and ten an hour.
 */
const ALLOWANCE: Allowance = { burst: 20, perSecond: 10 / 3600 };

/** Devices and servers that are counted. */
const MAX_COUNTERS = 50_000;

export class ClaimBudget {
  readonly #buckets: TokenBuckets;

  constructor(clock: Clock) {
    this.#buckets = new TokenBuckets({ now: () => clock.now(), max: MAX_COUNTERS });
  }

  /** Whether this server gets one more one-time key of this device; if so, it counts. Asked only where there is one. */
  take(origin: ServerName, { user_nid, device_id }: DeviceKey): boolean {
    return this.#buckets.take(`${origin} ${user_nid} ${device_id}`, ALLOWANCE) === 0;
  }
}
