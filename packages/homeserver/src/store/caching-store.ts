/**
 * Caches that never know more than the store. What a write transaction puts into a cache is seen by that
 * transaction alone until its commit is durable; when it fails, it is forgotten with the transaction. A
 * reader whose snapshot is older than the last replacement of a cached value does not fill the cache.
 */
import { LRUCache } from 'lru-cache';
import type { Store, StoreReader, StoreTx } from './store.ts';

const isTx = (reader: StoreReader): reader is StoreTx => 'insert' in reader;

/** When snapshots were opened, counted in replacements of cached values; one for all caches of a store. */
class Ages {
  replacements = 0;
  readonly #openedAt = new WeakMap<StoreReader, number>();

  opened(reader: StoreReader): void {
    this.#openedAt.set(reader, this.replacements);
  }

  openedAt(reader: StoreReader): number {
    return this.#openedAt.get(reader) ?? this.replacements;
  }
}

/** What a store tells the caches beside it. */
export interface TransactionalCache {
  /** This cache belongs to a store whose snapshots have these ages. */
  attach(ages: Ages): void;
  /** A transaction begins; what an earlier one left untaken is forgotten. */
  begin(): void;
  /** The transaction's body is done; one of the two is called when its commit is durable, or has failed. */
  take(): Taken;
}

type Taken = { readonly promote: () => void; readonly discard: () => void };

export class TxCache<K extends string | number, V extends object | number | string>
  implements TransactionalCache
{
  readonly #committed: LRUCache<K, V>;
  /** Of the transaction that runs. */
  #pending = new Map<K, V>();
  /** Of transactions that are done and share a commit that is not durable yet. */
  readonly #released = new Map<K, V>();
  #ages = new Ages();
  /** The last replacement of one of these values. */
  #replacedAt = 0;

  constructor(max: number) {
    this.#committed = new LRUCache<K, V>({ max });
  }

  get(reader: StoreReader, key: K): V | undefined {
    const written = isTx(reader) ? (this.#pending.get(key) ?? this.#released.get(key)) : undefined;
    return written ?? this.#committed.get(key);
  }

  /** Remembers what `reader` has just read, or what a transaction has just written. */
  set(reader: StoreReader, key: K, value: V): void {
    if (isTx(reader)) this.#pending.set(key, value);
    else if (this.#ages.openedAt(reader) >= this.#replacedAt && !this.#committed.has(key)) {
      this.#committed.set(key, value);
    }
  }

  attach(ages: Ages): void {
    this.#ages = ages;
  }

  begin(): void {
    this.#pending = new Map();
  }

  take(): Taken {
    const taken = this.#pending;
    this.#pending = new Map();
    for (const [key, value] of taken) this.#released.set(key, value);
    return { promote: () => this.#promote(taken), discard: () => this.#forget(taken) };
  }

  #forget(values: ReadonlyMap<K, V>): void {
    for (const [key, value] of values) if (this.#released.get(key) === value) this.#released.delete(key);
  }

  #promote(values: ReadonlyMap<K, V>): void {
    this.#forget(values);
    for (const [key, value] of values) {
      const known = this.#committed.get(key);
      if (known !== undefined && known !== value) this.#replacedAt = ++this.#ages.replacements;
      this.#committed.set(key, value);
    }
  }
}

/** A store that keeps these caches true. */
export const withCaches = (store: Store, caches: readonly TransactionalCache[]): Store => {
  const ages = new Ages();
  for (const cache of caches) cache.attach(ages);
  return {
    read: (body) =>
      store.read((reader) => {
        ages.opened(reader);
        return body(reader);
      }),
    transact: async (body) => {
      let taken: readonly Taken[] = [];
      try {
        const result = await store.transact(async (tx) => {
          for (const cache of caches) cache.begin();
          const value = await body(tx);
          taken = caches.map((cache) => cache.take());
          return value;
        });
        for (const { promote } of taken) promote();
        return result;
      } catch (error) {
        for (const { discard } of taken) discard();
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
};
