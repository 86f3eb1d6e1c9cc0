/**
 * What one server, and one address, may ask of us, reckoned before a body is read or a signature is looked at. The name
 * of a server is not proven by then: it counts together with the address that uses it, so nobody spends the allowance of
 * another by giving its name.
 */
import { type Allowance, type Clock, MatrixError, TokenBuckets } from '@causeway/homeserver';
import { parseXMatrix } from '@causeway/protocol';
import type { Arrival } from '../route.ts';
import { networkOf } from './network-of.ts';

type InboundAllowances = {
  readonly requests: Allowance;
  /** Requests that are not answered yet. */
  readonly atOnce: number;
  /** Bytes of the bodies of those. */
  readonly bodyBytes: number;
};

/**
 * A server that catches up asks a few hundred times in a row, and a busy one near by brings each event by itself, a
 * hundred a second: refused, it might stay away for minutes. One transaction is 13 MiB at most.
 */
const ONE_SERVER: InboundAllowances = {
  requests: { burst: 1_000, perSecond: 200 },
  atOnce: 50,
  bodyBytes: 64 * 1024 * 1024,
};

/** Many servers may be behind one address. */
const ONE_ADDRESS: InboundAllowances = {
  requests: { burst: 3_000, perSecond: 600 },
  atOnce: 200,
  bodyBytes: 128 * 1024 * 1024,
};

/** Names and addresses that are remembered; beyond it, the one that was used longest ago is forgotten. */
const MAX_COUNTERS = 20_000;
/** When work that is under way is in the way: it may end at any time. */
const BUSY_RETRY_MS = 1_000;

type UnderWay = { requests: number; bodyBytes: number };

export class InboundLimits {
  readonly #buckets: TokenBuckets;
  /** Only of requests under way, so there are no more of them than connections. */
  readonly #underWay = new Map<string, UnderWay>();

  constructor(clock: Clock) {
    this.#buckets = new TokenBuckets({ now: () => clock.now(), max: MAX_COUNTERS });
  }

  /** Counts the request as under way until what is returned is called. @throws M_LIMIT_EXCEEDED */
  admit({ remoteAddress, authorization, bodyBytes }: Arrival): () => void {
    const network = networkOf(remoteAddress);
    const origin = authorization.length === 0 ? undefined : parseXMatrix(authorization[0] ?? '')?.origin;
    const server = `${network} ${origin ?? ''}`;
    // The address first: what it has too much of makes no counters for the names that it gives.
    this.#refuseTooMany(network, ONE_ADDRESS, bodyBytes);
    this.#refuseTooMany(server, ONE_SERVER, bodyBytes);
    const counted = [this.#count(network, bodyBytes), this.#count(server, bodyBytes)];
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      for (const end of counted) end();
    };
  }

  #refuseTooMany(name: string, allowances: InboundAllowances, bodyBytes: number): void {
    const { requests, bodyBytes: bytes } = this.#underWay.get(name) ?? { requests: 0, bodyBytes: 0 };
    // A single body is bounded by its operation.
    const tooLarge = requests > 0 && bytes + bodyBytes > allowances.bodyBytes;
    if (requests >= allowances.atOnce || tooLarge) throw tooMuch(BUSY_RETRY_MS);
    const wait = this.#buckets.take(name, allowances.requests);
    if (wait > 0) throw tooMuch(wait);
  }

  #count(name: string, bodyBytes: number): () => void {
    const counts = this.#underWay.get(name) ?? { requests: 0, bodyBytes: 0 };
    this.#underWay.set(name, counts);
    counts.requests += 1;
    counts.bodyBytes += bodyBytes;
    return () => {
      counts.requests -= 1;
      counts.bodyBytes -= bodyBytes;
      if (counts.requests === 0) this.#underWay.delete(name);
    };
  }
}

const tooMuch = (retry_after_ms: number) =>
  new MatrixError('M_LIMIT_EXCEEDED', 'Too many requests of this server. Wait a moment.', { retry_after_ms });
