/**
 * The keys that this server signs with and signed with. The secret half of the current one is the host's to keep;
 * what is kept here is what others must be able to ask for: every public key, and when it ceased to be used.
 *
 * @see docs/adr/0037-a-new-key-is-published-before-it-signs.md
 */
import {
  isPublishedKey,
  type JsonObject,
  type KeyId,
  parseKeyId,
  type ServerName,
  type SigningKey,
  signJson,
} from '@causeway/protocol';
import type { Clock } from '../../ports.ts';
import { ownKeys } from '../../store/key-tables.ts';
import type { Store, StoreReader, StoreTx } from '../../store/store.ts';
import type { RowOf } from '../../store/table.ts';

/** How long others may keep our keys before they ask again; also how long a key that was given up may still be believed. */
const VALIDITY_MS = 24 * 3600 * 1000;

/** A signing key of this server, in use or from before. */
export type OwnKey = {
  readonly keyId: KeyId;
  /** Unpadded Base64. */
  readonly publicKey: string;
  /** Milliseconds since the epoch: when it came into use. */
  readonly since: number;
  /** When it ceased to be used; absent for keys that are in use. */
  readonly expiredTs?: number;
};

/** The key that the host gave can't be used: everybody knows it, or its ID belongs to one that was given up or to another. */
export class SigningKeyRefusedError extends Error {
  override readonly name = 'SigningKeyRefusedError';
}

/** The signing key at a start is another than at the last one. */
export type KeyChange = {
  /** The key that was in use before; undefined for the first one. */
  readonly before: KeyId | undefined;
  readonly after: KeyId;
};

/** What is done in the transaction that publishes a new key, for example a line in a log. */
export type WithKeyChange = (tx: StoreTx, change: KeyChange) => Promise<void>;

/**
 * Publishes a key that the host has put in the place of the one before: from the commit on others can verify with it,
 * and with the one before as well. Returns undefined when it is the key in use.
 *
 * @throws SigningKeyRefusedError
 */
const publishOwnKey = async (
  tx: StoreTx,
  key: SigningKey,
  now: number,
  also: WithKeyChange = async () => {},
): Promise<KeyChange | undefined> => {
  if (isPublishedKey(key.publicKey)) {
    throw new SigningKeyRefusedError(
      `The private half of the signing key ${key.keyId} is known to everybody. Make a new one.`,
    );
  }
  const rows = await tx.scan(ownKeys, {});
  const same = rows.find((row) => row.key_id === key.keyId);
  const before = newestOf(rows.filter((row) => row.expired_ts === null));
  if (same !== undefined && same.public_key !== key.publicKey) {
    throw new SigningKeyRefusedError(
      `The key ID ${key.keyId} was that of another key of this server. A new key needs an ID of its own.`,
    );
  }
  if (same !== undefined && same.expired_ts !== null) {
    const date = new Date(same.expired_ts).toISOString();
    throw new SigningKeyRefusedError(
      `The signing key ${key.keyId} was given up on ${date}, and other servers refuse what it signed since. Put the newer key back, or remove this one: a new key is made at the start.`,
    );
  }
  if (same !== undefined) return undefined;
  await tx.insert(ownKeys, {
    key_id: key.keyId,
    public_key: key.publicKey,
    since_ts: now,
    expired_ts: null,
  });
  const change = { before: keyIdOf(before), after: key.keyId };
  await also(tx, change);
  return change;
};

/** Gives up every key but the one in use, as of now: nothing is signed with them any more. */
const giveUpOtherKeys = async (tx: StoreTx, key: SigningKey, now: number): Promise<void> => {
  for (const row of await tx.scan(ownKeys, {})) {
    if (row.expired_ts === null && row.key_id !== key.keyId) {
      await tx.update(ownKeys, { key_id: row.key_id }, { expired_ts: now });
    }
  }
};

/** Newest first. */
const readOwnKeys = async (reader: StoreReader): Promise<readonly OwnKey[]> => {
  const rows = await reader.scan(ownKeys, {});
  return rows
    .toSorted((a, b) => b.since_ts - a.since_ts)
    .flatMap((row) => {
      const keyId = keyIdOf(row);
      if (keyId === undefined) return [];
      const { public_key: publicKey, since_ts: since, expired_ts: expired } = row;
      return [{ keyId, publicKey, since, ...(expired === null ? {} : { expiredTs: expired }) }];
    });
};

type OwnKeyRow = RowOf<typeof ownKeys>;

const newestOf = (rows: readonly OwnKeyRow[]): OwnKeyRow | undefined =>
  rows.toSorted((a, b) => a.since_ts - b.since_ts).at(-1);

const keyIdOf = (row: OwnKeyRow | undefined): KeyId | undefined =>
  row === undefined ? undefined : parseKeyId(row.key_id);

type OwnKeysParts = { readonly serverName: ServerName; readonly store: Store; readonly clock: Clock };

/** The keys of a running homeserver. */
export class OwnKeys {
  readonly #parts: OwnKeysParts;
  #current: SigningKey;
  #published: readonly OwnKey[] = [];

  private constructor(parts: OwnKeysParts, key: SigningKey) {
    this.#parts = parts;
    this.#current = key;
  }

  /** Takes up the key that the host has, also when it is another than at the last start. @throws SigningKeyRefusedError */
  static async open(parts: OwnKeysParts, key: SigningKey, also?: WithKeyChange): Promise<OwnKeys> {
    const keys = new OwnKeys(parts, key);
    await parts.store.transact(async (tx) => {
      await publishOwnKey(tx, key, parts.clock.now(), also);
      await giveUpOtherKeys(tx, key, parts.clock.now());
    });
    await keys.#read();
    return keys;
  }

  /** What is signed with from now on. */
  get current(): SigningKey {
    return this.#current;
  }

  /** All of them, newest first. */
  published(): readonly OwnKey[] {
    return this.#published;
  }

  /**
   * Signs with this key from now on. It is published first, and the one before is given up last: whatever was signed
   * with either is valid at every moment in between, also after a crash.
   *
   * @throws SigningKeyRefusedError
   */
  async use(key: SigningKey, also?: WithKeyChange): Promise<void> {
    const { store, clock } = this.#parts;
    await store.transact((tx) => publishOwnKey(tx, key, clock.now(), also));
    await this.#read();
    this.#current = key;
    await store.transact((tx) => giveUpOtherKeys(tx, key, clock.now()));
    await this.#read();
  }

  /** What others are told of our keys. @see https://spec.matrix.org/v1.19/server-server-api/#publishing-keys */
  answer(): JsonObject {
    const { serverName, clock } = this.#parts;
    const keys: { [keyId: string]: JsonObject } = {};
    const old: { [keyId: string]: JsonObject } = {};
    for (const { keyId, publicKey, expiredTs } of this.#published) {
      if (expiredTs === undefined) keys[keyId] = { key: publicKey };
      else old[keyId] = { key: publicKey, expired_ts: expiredTs };
    }
    return signJson(
      {
        server_name: serverName,
        valid_until_ts: clock.now() + VALIDITY_MS,
        verify_keys: keys,
        old_verify_keys: old,
      },
      serverName,
      this.#current,
    );
  }

  async #read(): Promise<void> {
    this.#published = await this.#parts.store.read(readOwnKeys);
  }
}
