/**
 * Other servers' signing keys: fetched from the servers themselves, from notaries where a server does not answer,
 * kept, and never replaced by a bad answer.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys
 */
import {
  importVerifyKey,
  isPublishedKey,
  type KeyId,
  parseJson,
  type ServerName,
  type VerifyKey,
} from '@causeway/protocol';
import { LRUCache } from 'lru-cache';
import type { Clock, Log, Meter } from '../../ports.ts';
import { serverKeys } from '../../store/key-tables.ts';
import type { Store } from '../../store/store.ts';
import type { FederationTransport } from '../transport.ts';
import { askNotary } from './ask-notary.ts';
import { FetchBudget } from './fetch-budget.ts';
import { type AnswerSource, keepKeys, MAX_VALIDITY_MS } from './keep-keys.ts';
import type { OwnKeys } from './own-keys.ts';
import { type KeyAnswer, readKeyAnswer } from './read-key-answer.ts';
import { Slots } from './slots.ts';

const FETCH_TIMEOUT_MS = 10_000;
const MAX_KEY_ANSWER_BYTES = 64 * 1024;
/** Servers that are asked at once; a join of a large room names hundreds, of which many are gone. */
const FETCHES_AT_ONCE = 32;
/** Beyond this somebody makes us ask: what is not begun counts as not to be had for now. */
const MAX_FETCHES_WAITING = 2_000;

/** Anybody may ask us as a notary, so less of our time goes into it. */
const FETCHES_FOR_OTHERS = 8;
const MAX_WAITING_FOR_OTHERS = 200;

/** A key that something was signed with. */
export type WantedKey = {
  readonly server: ServerName;
  readonly keyId: KeyId;
  readonly use: KeyUse;
};

export type KeyUse =
  /** A request: the key must be one that the server signs with now. */
  | { readonly kind: 'request' }
  /**
   * An event of this time (milliseconds): the key must have been valid then. Undefined in the room versions that do
   * not ask.
   */
  | { readonly kind: 'event'; readonly at: number | undefined };

type KnownKey = {
  readonly key: VerifyKey;
  readonly validUntil: number;
  /** Set for an old key. */
  readonly expired: number | undefined;
};

export type KeyRingParts = {
  readonly serverName: ServerName;
  readonly store: Store;
  readonly transport: FederationTransport;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: nobody counts. */
  readonly meter?: Meter;
  readonly own: OwnKeys;
  /** Servers that are believed about the keys of others, in the order in which they are asked. */
  readonly notaries: () => readonly ServerName[];
};

export class KeyRing {
  readonly #parts: KeyRingParts;
  readonly #known = new LRUCache<string, KnownKey>({ max: 10_000 });
  /** Counts the answers that were taken up. */
  #changes = 0;
  readonly #budget = new FetchBudget();
  readonly #slots = new Slots({ atOnce: FETCHES_AT_ONCE, maxWaiting: MAX_FETCHES_WAITING });
  readonly #slotsForOthers = new Slots({ atOnce: FETCHES_FOR_OTHERS, maxWaiting: MAX_WAITING_FOR_OTHERS });
  /** Fetches under way: whoever wants a key of the same server waits for the same answer. */
  readonly #direct = new Map<ServerName, Promise<void>>();

  constructor(parts: KeyRingParts) {
    this.#parts = parts;
  }

  /** The key, if it may be relied on for this; fetched when it is not known or may have been renewed. */
  async get(wanted: WantedKey): Promise<VerifyKey | undefined> {
    const known = await this.#usable(wanted);
    if (known !== undefined || wanted.server === this.#parts.serverName) return known;
    await this.prepare([wanted]);
    return this.#usable(wanted);
  }

  /**
   * Fetches what is missing of these, all servers at once, and from notaries in one question what the servers
   * themselves did not give. Never fails: whoever asks for a key afterwards gets it, or does not.
   */
  async prepare(wanted: readonly WantedKey[]): Promise<void> {
    const missing = await this.#missing(wanted.filter((key) => this.#canBeHad(key)));
    if (missing.length === 0) return;
    const asked = await this.refresh([...new Set(missing.map(({ server }) => server))]);
    const still = await this.#missing(missing.filter(({ server }) => asked.has(server)));
    await this.#askNotaries(still);
  }

  /** Asks these servers anew, those that may be asked now; returns which those are. */
  refresh(servers: readonly ServerName[]): Promise<ReadonlySet<ServerName>> {
    return this.#refresh(servers, this.#slots);
  }

  /** The same for servers that somebody else wants to know of, so that they can't keep us from our own questions. */
  async refreshForOthers(servers: readonly ServerName[]): Promise<void> {
    await this.#refresh(servers, this.#slotsForOthers);
  }

  async #refresh(servers: readonly ServerName[], slots: Slots): Promise<ReadonlySet<ServerName>> {
    const { clock } = this.#parts;
    const asked = new Set<ServerName>();
    const fetches = servers.map(async (server) => {
      const running = this.#direct.get(server);
      if (running === undefined && !this.#budget.take(server, clock.now())) return;
      asked.add(server);
      await (running ?? this.#fetchDirect(server, slots));
    });
    await Promise.all(fetches);
    return asked;
  }

  async #missing(wanted: readonly WantedKey[]): Promise<readonly WantedKey[]> {
    const missing: WantedKey[] = [];
    for (const key of wanted) if ((await this.#usable(key)) === undefined) missing.push(key);
    return missing;
  }

  /** No answer makes a key valid further ahead than this, so nobody is asked for it. */
  #canBeHad({ server, use }: WantedKey): boolean {
    const { clock, serverName } = this.#parts;
    if (server === serverName) return false;
    return use.kind === 'request' || (use.at ?? 0) <= clock.now() + MAX_VALIDITY_MS;
  }

  async #usable({ server, keyId, use }: WantedKey): Promise<VerifyKey | undefined> {
    const { own, serverName, clock } = this.#parts;
    const known = server === serverName ? ownKey(own, keyId) : await this.#load(server, keyId);
    if (known === undefined) return undefined;
    const { key, validUntil, expired } = known;
    if (use.kind === 'request') {
      return expired === undefined && validUntil >= clock.now() ? key : undefined;
    }
    return use.at === undefined || (expired ?? validUntil) >= use.at ? key : undefined;
  }

  async #load(server: ServerName, keyId: KeyId): Promise<KnownKey | undefined> {
    const cacheKey = `${server} ${keyId}`;
    const cached = this.#known.get(cacheKey);
    if (cached !== undefined) return cached;
    const changes = this.#changes;
    const row = await this.#parts.store.read((reader) =>
      reader.get(serverKeys, { server_name: server, key_id: keyId }),
    );
    // What was kept before it became known to everybody is not relied on either.
    const key = row && !isPublishedKey(row.public_key) ? importVerifyKey(row.public_key) : undefined;
    if (row === undefined || key === undefined) return undefined;
    const known = { key, validUntil: row.valid_until_ts, expired: row.expired_ts ?? undefined };
    // What was read before another answer was taken up may be older than it.
    if (changes === this.#changes) this.#known.set(cacheKey, known);
    return known;
  }

  #fetchDirect(server: ServerName, slots: Slots): Promise<void> {
    const { clock, log, meter } = this.#parts;
    const work = async () => {
      const fault = await slots.run(() => this.#fetch(server));
      meter?.keysFetched(fault === OK ? 'ok' : 'failed');
      if (fault === OK) {
        this.#budget.succeeded(server);
        return;
      }
      this.#budget.failed(server, clock.now());
      log.info('server keys not fetched', { server, reason: fault ?? 'too many servers are asked already' });
    };
    const fetch = work().finally(() => this.#direct.delete(server));
    this.#direct.set(server, fetch);
    return fetch;
  }

  /** What is wrong, or `OK`. */
  async #fetch(server: ServerName): Promise<string> {
    const answer = await this.#parts.transport.request({
      destination: server,
      method: 'GET',
      path: '/_matrix/key/v2/server',
      timeoutMs: FETCH_TIMEOUT_MS,
      maxBytes: MAX_KEY_ANSWER_BYTES,
    });
    if (answer.kind === 'failed') return answer.reason;
    if (answer.status !== 200) return `the server answered ${answer.status}`;
    const parsed = parseJson(answer.body);
    if (!parsed.ok) return 'the answer is not JSON';
    const read = readKeyAnswer(server, parsed.value);
    return read.ok ? this.#keep(read.answer, 'direct') : read.reason;
  }

  async #keep(answer: KeyAnswer, source: AnswerSource): Promise<string> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    const fault = await store.transact((tx) => keepKeys(tx, answer, { source, now }));
    this.#changes += 1;
    for (const { keyId } of answer.keys) this.#known.delete(`${answer.server} ${keyId}`);
    return fault ?? OK;
  }

  async #askNotaries(wanted: readonly WantedKey[]): Promise<void> {
    const { notaries, serverName, transport, clock, log } = this.#parts;
    let missing = wanted;
    for (const notary of notaries()) {
      if (notary === serverName) continue;
      const others = missing.filter(({ server }) => server !== notary);
      if (others.length === 0) continue;
      const answers = await askNotary(
        { transport, clock, log, keyOf: (keyId) => this.#keyOfNotary(notary, keyId) },
        notary,
        others,
      );
      for (const answer of answers) {
        const fault = await this.#keep(answer, 'notary');
        if (fault !== OK)
          log.info('keys from a notary not taken', { notary, server: answer.server, reason: fault });
      }
      missing = await this.#missing(missing);
    }
  }

  /** A notary vouches for itself only over its own connection, never through another notary. */
  async #keyOfNotary(server: ServerName, keyId: KeyId): Promise<VerifyKey | undefined> {
    const wanted: WantedKey = { server, keyId, use: { kind: 'request' } };
    const known = await this.#usable(wanted);
    if (known !== undefined) return known;
    await this.refresh([server]);
    return this.#usable(wanted);
  }
}

/** In place of a reason. */
const OK = '';

const ownKey = (own: OwnKeys, keyId: KeyId): KnownKey | undefined => {
  const found = own.published().find((key) => key.keyId === keyId);
  const key = found === undefined ? undefined : importVerifyKey(found.publicKey);
  if (found === undefined || key === undefined) return undefined;
  return { key, validUntil: Number.MAX_SAFE_INTEGER, expired: found.expiredTs };
};
