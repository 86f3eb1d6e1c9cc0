/**
 * Caches that never know more than the store. What a write transaction puts into a cache is seen by that
 * transaction alone until its commit is durable; when it fails, it is forgotten with the transaction. A
 * reader whose snapshot is older than the last replacement of a cached value does not fill the cache.
 */
import { LRUCache } from 'lru-cache';
import type { Store, StoreReader, StoreTx } from './store.ts';

const isTx = (reader: StoreReader): reader is StoreTx => 'insert' in reader;

/** What a store tells the caches beside it. */
export interface TransactionalCache {
  /** A snapshot was opened. */
  opened(reader: StoreReader): void;
  /** A transaction begins; what an earlier one left untaken is forgotten. */
  begin(): void;
  /** The transaction's body is done; the returned function is called when its commit is durable. */
  take(): () => void;
}

export class TxCache<K extends string | number, V extends object | number | string>
  implements TransactionalCache
{
  readonly #committed: LRUCache<K, V>;
  #pending = new Map<K, V>();
  readonly #startEpochs = new WeakMap<StoreReader, number>();
  #epoch = 0;

  constructor(max: number) {
    this.#committed = new LRUCache<K, V>({ max });
  }

  get(reader: StoreReader, key: K): V | undefined {
    return (isTx(reader) ? this.#pending.get(key) : undefined) ?? this.#committed.get(key);
  }

  /** Remembers what `reader` has just read, or what a transaction has just written. */
  set(reader: StoreReader, key: K, value: V): void {
    if (isTx(reader)) this.#pending.set(key, value);
    else if ((this.#startEpochs.get(reader) ?? this.#epoch) === this.#epoch) this.#committed.set(key, value);
  }

  opened(reader: StoreReader): void {
    this.#startEpochs.set(reader, this.#epoch);
  }

  begin(): void {
    this.#pending = new Map();
  }

  take(): () => void {
    const taken = this.#pending;
    this.#pending = new Map();
    return () => this.#promote(taken);
  }

  #promote(values: ReadonlyMap<K, V>): void {
    for (const [key, value] of values) {
      const known = this.#committed.get(key);
      if (known !== undefined && known !== value) this.#epoch++;
      this.#committed.set(key, value);
    }
  }
}

/** A store that keeps these caches true. */
export const withCaches = (store: Store, caches: readonly TransactionalCache[]): Store => ({
  read: (body) =>
    store.read((reader) => {
      for (const cache of caches) cache.opened(reader);
      return body(reader);
    }),
  transact: async (body) => {
    let promotions: readonly (() => void)[] = [];
    const result = await store.transact(async (tx) => {
      for (const cache of caches) cache.begin();
      const value = await body(tx);
      promotions = caches.map((cache) => cache.take());
      return value;
    });
    for (const promote of promotions) promote();
    return result;
  },
  [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
});
