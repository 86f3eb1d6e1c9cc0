import type { TransportResult } from '@causeway/homeserver';
import { parseServerName, type ServerName } from '@causeway/protocol';

/** What `https://<hostname>/.well-known/matrix/server` says. */
export type WellKnown = {
  readonly answer:
    | { readonly kind: 'delegated'; readonly to: ServerName }
    | { readonly kind: 'none'; readonly reason: string };
  /** Milliseconds since the epoch; it is asked again after this. */
  readonly expires: number;
};

export interface WellKnownLookup {
  get(hostname: string): Promise<WellKnown>;
}

/** The largest answer that is read: an honest one has less than 300 bytes. */
export const WELL_KNOWN_MAX_BYTES = 50 * 1024;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** 24 h and 48 h are the specification's; a lower bound keeps `no-store` from costing a request per request. */
const DEFAULT_MS = 24 * HOUR;
const MIN_MS = 5 * MINUTE;
const MAX_MS = 48 * HOUR;

/** "Errors are recommended to be cached for up to an hour", with exponential back-off. */
const MAX_ERROR_MS = HOUR;
const FIRST_ERROR_MS = 2 * MINUTE;

/** Server names come from outside, so what is remembered of them is bounded; the oldest are forgotten. */
const MAX_ENTRIES = 10_000;

/**
 * Asks for delegations and remembers the answers.
 *
 * A delegation that can't be renewed because the web server is down stays in force until it is 48 h old: the
 * alternative is to send everything to port 8448 of a machine that serves a web site.
 */
export const createWellKnownLookup = (options: {
  readonly fetch: (hostname: string) => Promise<TransportResult>;
  readonly now: () => number;
}): WellKnownLookup => {
  const entries = new Map<string, Entry>();
  const running = new Map<string, Promise<WellKnown>>();

  const ask = async (hostname: string, before: Entry | undefined): Promise<WellKnown> => {
    const result = await options.fetch(hostname);
    const entry = judge(result, options.now(), before);
    entries.delete(hostname);
    entries.set(hostname, entry);
    const oldest = entries.keys().next();
    if (entries.size > MAX_ENTRIES && !oldest.done) entries.delete(oldest.value);
    return entry.wellKnown;
  };

  return {
    get(hostname) {
      const entry = entries.get(hostname);
      if (entry !== undefined && options.now() < entry.wellKnown.expires) {
        return Promise.resolve(entry.wellKnown);
      }
      let asking = running.get(hostname);
      if (asking === undefined) {
        asking = ask(hostname, entry).finally(() => running.delete(hostname));
        running.set(hostname, asking);
      }
      return asking;
    },
  };
};

type Entry = {
  readonly wellKnown: WellKnown;
  /** How often it failed since it last had an answer. */
  readonly failures: number;
  /** When the delegation in `wellKnown` was given. */
  readonly given: number;
};

const judge = (result: TransportResult, now: number, before: Entry | undefined): Entry => {
  if (result.kind === 'response' && !isTemporary(result.status)) {
    const answer = readAnswer(result.status, result.body);
    const age = answer.kind === 'delegated' ? cacheTime(result.headers, now) : MAX_ERROR_MS;
    return { wellKnown: { answer, expires: now + age }, failures: 0, given: now };
  }
  const failures = (before?.failures ?? 0) + 1;
  const expires = now + Math.min(FIRST_ERROR_MS * 2 ** Math.min(failures - 1, 10), MAX_ERROR_MS);
  if (before?.wellKnown.answer.kind === 'delegated' && now < before.given + MAX_MS) {
    return { wellKnown: { answer: before.wellKnown.answer, expires }, failures, given: before.given };
  }
  const reason = result.kind === 'failed' ? result.reason : `it answered with status ${result.status}`;
  return { wellKnown: { answer: { kind: 'none', reason }, expires }, failures, given: now };
};

const isTemporary = (status: number): boolean => status >= 500 || status === 429 || status === 408;

const readAnswer = (status: number, body: Uint8Array): WellKnown['answer'] => {
  if (status !== 200) return { kind: 'none', reason: `it answered with status ${status}` };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { kind: 'none', reason: 'its answer is not JSON' };
  }
  const server =
    typeof json === 'object' && json !== null && 'm.server' in json ? json['m.server'] : undefined;
  if (typeof server !== 'string') return { kind: 'none', reason: 'its answer has no "m.server"' };
  const to = parseServerName(server);
  if (to === undefined) return { kind: 'none', reason: 'its "m.server" is not a server name' };
  return { kind: 'delegated', to };
};

/** How long an answer may be used, in milliseconds (https://www.rfc-editor.org/rfc/rfc9111#section-4.2). */
const cacheTime = (headers: { readonly [name: string]: string }, now: number): number => {
  const stated = statedCacheTime(headers, now) ?? DEFAULT_MS;
  return Math.min(Math.max(stated, MIN_MS), MAX_MS);
};

const statedCacheTime = (headers: { readonly [name: string]: string }, now: number): number | undefined => {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(',');
  for (const directive of directives) {
    const [name, value] = directive.trim().split('=');
    if (name === 'no-store' || name === 'no-cache') return 0;
    const seconds = value?.replaceAll('"', '') ?? '';
    if (name === 'max-age' && /^\d{1,10}$/.test(seconds)) {
      return (Number(seconds) - ageOf(headers)) * SECOND;
    }
  }
  const { expires } = headers;
  if (expires === undefined) return undefined;
  const at = Date.parse(expires);
  return Number.isNaN(at) ? 0 : at - now;
};

const ageOf = ({ age = '' }: { readonly [name: string]: string }): number =>
  /^\d{1,10}$/.test(age) ? Number(age) : 0;
