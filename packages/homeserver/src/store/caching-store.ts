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

/** The part of a cache that what a transaction only reads may take beside it: what it wrote it has to remember. */
const PART_FOR_READS = 1 / 8;

/** A cache takes the memory of all its entries at once: it begins small, and grows when it is full. */
const FIRST_SIZE = 256;
const GROWTH = 8;

/** How much a cache may keep, where its values differ much in size. */
export type CacheSize<V> = {
  /** Of all values together, in the unit of `sizeOf`. */
  readonly max: number;
  /** At least 1. */
  readonly sizeOf: (value: V) => number;
};

/**
 * A cache beside a store: a transaction sees what it wrote, everybody else only what is durable. It keeps the
 * values used last, at most `max` of them, and of `size` together when that is given.
 */
export class TxCache<K extends string | number, V extends object | number | string>
  implements TransactionalCache
{
  readonly #max: number;
  readonly #size: CacheSize<V> | undefined;
  #committed: LRUCache<K, V>;
  /** Of the transaction that runs; `undefined` for what it made untrue. */
  #pending = new Map<K, V | undefined>();
  /** How much of it was only read. */
  #noted = 0;
  /** Of transactions that are done and share a commit that is not durable yet. */
  readonly #released = new Map<K, V | undefined>();
  #ages = new Ages();
  /** The last replacement of one of these values. */
  #replacedAt = 0;

  constructor(max: number, size?: CacheSize<V>) {
    this.#max = max;
    this.#size = size;
    this.#committed = this.#cacheOf(FIRST_SIZE);
  }

  #cacheOf(entries: number): LRUCache<K, V> {
    const max = Math.min(this.#max, entries);
    if (this.#size === undefined) return new LRUCache<K, V>({ max });
    const { max: maxSize, sizeOf: sizeCalculation } = this.#size;
    return new LRUCache<K, V>({ max, maxSize, sizeCalculation });
  }

  /** The value as this reader may know it; undefined: look into the store. */
  get(reader: StoreReader, key: K): V | undefined {
    for (const written of isTx(reader) ? [this.#pending, this.#released] : []) {
      if (written.has(key)) return written.get(key);
    }
    return this.#committed.get(key);
  }

  /** Remembers what `reader` has just read, or what a transaction has just written. */
  set(reader: StoreReader, key: K, value: V): void {
    if (isTx(reader)) this.#pending.set(key, value);
    else if (this.#ages.openedAt(reader) >= this.#replacedAt && !this.#committed.has(key)) {
      this.#keep(key, value);
    }
  }

  /** Remembers what `reader` has just read, if there is room: it can be read again. */
  note(reader: StoreReader, key: K, value: V): void {
    if (isTx(reader)) {
      const size = this.#size?.sizeOf(value) ?? 1;
      if (this.#noted + size > (this.#size?.max ?? this.#max) * PART_FOR_READS) return;
      this.#noted += size;
    }
    this.set(reader, key, value);
  }

  /** The transaction changes what the value was made of: it is made anew by who needs it next. */
  forget(_tx: StoreTx, key: K): void {
    this.#pending.set(key, undefined);
  }

  /** Forgets a row whose deletion is durable. Nobody may write it anew before. */
  evict(key: K): void {
    this.#committed.delete(key);
    this.#replacedAt = ++this.#ages.replacements;
  }

  attach(ages: Ages): void {
    this.#ages = ages;
  }

  begin(): void {
    this.#pending = new Map();
    this.#noted = 0;
  }

  take(): Taken {
    const taken = this.#pending;
    this.#pending = new Map();
    for (const [key, value] of taken) this.#released.set(key, value);
    return { promote: () => this.#promote(taken), discard: () => this.#forget(taken) };
  }

  #forget(values: ReadonlyMap<K, V | undefined>): void {
    for (const [key, value] of values) if (this.#released.get(key) === value) this.#released.delete(key);
  }

  #promote(values: ReadonlyMap<K, V | undefined>): void {
    this.#forget(values);
    for (const [key, value] of values) {
      if (value === undefined) {
        this.evict(key);
        continue;
      }
      const known = this.#committed.get(key);
      if (known !== undefined && known !== value) this.#replacedAt = ++this.#ages.replacements;
      this.#keep(key, value);
    }
  }

  #keep(key: K, value: V): void {
    const { size, max } = this.#committed;
    if (size === max && max < this.#max) {
      const larger = this.#cacheOf(max * GROWTH);
      larger.load(this.#committed.dump());
      this.#committed = larger;
    }
    this.#committed.set(key, value);
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
