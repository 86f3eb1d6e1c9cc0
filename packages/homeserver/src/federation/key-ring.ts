/**
 * Other servers' signing keys: fetched from the servers themselves, kept, and never replaced by a bad answer.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys
 */
import {
  importVerifyKey,
  isJsonObject,
  type JsonObject,
  type KeyId,
  parseJson,
  type ServerName,
  type VerifyKey,
  verifyJson,
} from '@causeway/protocol';
import { LRUCache } from 'lru-cache';
import type { Clock, Log } from '../ports.ts';
import { serverKeys } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { FederationTransport } from './transport.ts';

/** "Servers MUST use the lesser of this field and 7 days into the future." */
const MAX_VALIDITY_MS = 7 * 24 * 3600 * 1000;
/** A server whose keys could not be had is not asked again for so long. */
const RETRY_FETCH_MS = 30_000;
const FETCH_TIMEOUT_MS = 10_000;
const MAX_KEY_ANSWER_BYTES = 64 * 1024;
/** Keys by one server that we keep; servers have one or two. */
const MAX_KEYS_PER_SERVER = 20;

export type KnownKey = {
  readonly key: VerifyKey;
  /** Signatures made after this are not valid under it. */
  readonly validUntil: number;
};

export type KeyRingParts = {
  readonly store: Store;
  readonly transport: FederationTransport;
  readonly clock: Clock;
  readonly log: Log;
  readonly own: { readonly serverName: ServerName; readonly keyId: KeyId; readonly publicKey: string };
};

export class KeyRing {
  readonly #parts: KeyRingParts;
  readonly #known = new LRUCache<string, KnownKey>({ max: 10_000 });
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #failedAt = new LRUCache<string, number>({ max: 10_000 });

  constructor(parts: KeyRingParts) {
    this.#parts = parts;
    const key = importVerifyKey(parts.own.publicKey);
    if (key === undefined) throw new Error('our own public key is not usable');
    this.#own = { key, validUntil: Number.MAX_SAFE_INTEGER };
  }

  readonly #own: KnownKey;

  /** The key if it is valid at `at` (milliseconds); fetched when it is not known or may have been renewed. */
  async keyAt(server: ServerName, keyId: KeyId, at: number): Promise<VerifyKey | undefined> {
    const { own } = this.#parts;
    if (server === own.serverName) return keyId === own.keyId ? this.#own.key : undefined;
    const known = await this.#load(server, keyId);
    if (known !== undefined && known.validUntil >= at) return known.key;
    await this.#fetchOnce(server);
    const fetched = await this.#load(server, keyId);
    return fetched !== undefined && fetched.validUntil >= at ? fetched.key : undefined;
  }

  async #load(server: ServerName, keyId: KeyId): Promise<KnownKey | undefined> {
    const cacheKey = `${server} ${keyId}`;
    const cached = this.#known.get(cacheKey);
    if (cached !== undefined) return cached;
    const row = await this.#parts.store.read((reader) =>
      reader.get(serverKeys, { server_name: server, key_id: keyId }),
    );
    const key = row && importVerifyKey(row.public_key);
    if (row === undefined || key === undefined) return undefined;
    const known = { key, validUntil: row.expired_ts ?? row.valid_until_ts };
    this.#known.set(cacheKey, known);
    return known;
  }

  #fetchOnce(server: ServerName): Promise<void> {
    const running = this.#fetching.get(server);
    if (running !== undefined) return running;
    const failedAt = this.#failedAt.get(server);
    if (failedAt !== undefined && this.#parts.clock.now() - failedAt < RETRY_FETCH_MS)
      return Promise.resolve();
    const fetch = this.#fetch(server).finally(() => this.#fetching.delete(server));
    this.#fetching.set(server, fetch);
    return fetch;
  }

  async #fetch(server: ServerName): Promise<void> {
    const { transport, clock, log } = this.#parts;
    const answer = await transport.request({
      destination: server,
      method: 'GET',
      path: '/_matrix/key/v2/server',
      timeoutMs: FETCH_TIMEOUT_MS,
      maxBytes: MAX_KEY_ANSWER_BYTES,
    });
    const fault = answer.kind === 'failed' ? answer.reason : await this.#accept(server, answer.body);
    if (fault === undefined) {
      this.#failedAt.delete(server);
      return;
    }
    this.#failedAt.set(server, clock.now());
    log.info('server keys not fetched', { server, reason: fault });
  }

  /** Keeps the keys of an answer; returns what is wrong with it otherwise. */
  async #accept(server: ServerName, bytes: Uint8Array): Promise<string | undefined> {
    const parsed = parseJson(bytes);
    if (!parsed.ok || !isJsonObject(parsed.value)) return 'the answer is not JSON';
    const answer = parsed.value;
    if (answer['server_name'] !== server) return 'the answer is for another server';
    const current = keysIn(answer['verify_keys']);
    const validUntil = answer['valid_until_ts'];
    if (current.length === 0 || typeof validUntil !== 'number') return 'the answer has no keys';
    for (const { keyId, key } of current) {
      if (!verifyJson(answer, server, keyId, key)) return `the answer is not signed by ${keyId}`;
    }
    const now = this.#parts.clock.now();
    const valid_until_ts = Math.min(validUntil, now + MAX_VALIDITY_MS);
    const old = keysIn(answer['old_verify_keys']);
    await this.#parts.store.transact(async (tx) => {
      for (const { keyId, key, expiredTs } of [...current, ...old].slice(0, MAX_KEYS_PER_SERVER)) {
        await tx.put(serverKeys, {
          server_name: server,
          key_id: keyId,
          public_key: key.base64,
          valid_until_ts,
          expired_ts: expiredTs ?? null,
          fetched_ts: now,
        });
      }
    });
    for (const { keyId } of [...current, ...old]) this.#known.delete(`${server} ${keyId}`);
    return undefined;
  }
}

type PublishedKey = { readonly keyId: KeyId; readonly key: VerifyKey; readonly expiredTs?: number };

const keysIn = (value: JsonObject[string] | undefined): readonly PublishedKey[] => {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([keyId, entry]): PublishedKey[] => {
    if (!keyId.startsWith('ed25519:') || !isJsonObject(entry) || typeof entry['key'] !== 'string') return [];
    const key = importVerifyKey(entry['key']);
    const expired = entry['expired_ts'];
    if (key === undefined) return [];
    return [{ keyId: keyId as KeyId, key, ...(typeof expired === 'number' ? { expiredTs: expired } : {}) }];
  });
};
