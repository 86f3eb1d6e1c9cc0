/**
 * How often a server is asked for its keys. Whoever names a server in a signature makes us ask it, so the answer to
 * "may we ask" must not depend on who named it: failures count, and so do answers that did not help.
 */
import { LRUCache } from 'lru-cache';

/** After a failure, doubled with each further one. */
const FIRST_PAUSE_MS = 30_000;
/** A server that is back is believed again after so long. */
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Fetches of one server's keys in one window, whatever comes of them: a server that changes its key is asked at once. */
const FETCHES_PER_WINDOW = 5;
const WINDOW_MS = 60_000;
/** Servers that are remembered; the one that was named least recently is forgotten first. */
const MAX_SERVERS = 10_000;

type Record = {
  readonly failures: number;
  readonly notBefore: number;
  readonly windowStart: number;
  readonly fetches: number;
};

const FRESH: Record = { failures: 0, notBefore: 0, windowStart: 0, fetches: 0 };

export class FetchBudget {
  readonly #servers = new LRUCache<string, Record>({ max: MAX_SERVERS });

  /** Whether the server may be asked now; if so, it counts as asked. */
  take(server: string, now: number): boolean {
    const record = this.#servers.get(server) ?? FRESH;
    if (now < record.notBefore) return false;
    const isSameWindow = now - record.windowStart < WINDOW_MS;
    const fetches = isSameWindow ? record.fetches : 0;
    if (fetches >= FETCHES_PER_WINDOW) return false;
    const windowStart = isSameWindow ? record.windowStart : now;
    this.#servers.set(server, { ...record, windowStart, fetches: fetches + 1 });
    return true;
  }

  failed(server: string, now: number): void {
    const record = this.#servers.get(server) ?? FRESH;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** record.failures, LONGEST_PAUSE_MS);
    this.#servers.set(server, { ...record, failures: record.failures + 1, notBefore: now + pause });
  }

  succeeded(server: string): void {
    const record = this.#servers.get(server);
    if (record !== undefined) this.#servers.set(server, { ...record, failures: 0, notBefore: 0 });
  }
}
