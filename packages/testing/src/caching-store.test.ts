import { engineTables, TxCache, withCaches } from '@causeway/homeserver';
import { openSqliteStore } from '@causeway/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';

const cache = () => new TxCache<string, number>(100);
let base: Awaited<ReturnType<typeof openSqliteStore>>;

beforeEach(async () => {
  base = await openSqliteStore({ path: ':memory:', tables: engineTables });
});

afterEach(() => base[Symbol.asyncDispose]());

it('shows a transaction what an earlier one of the same group commit replaced', async () => {
  const numbers = cache();
  const store = withCaches(base, [numbers]);
  await store.transact(async (tx) => numbers.set(tx, 'a', 1));
  const [, seen] = await Promise.all([
    store.transact(async (tx) => numbers.set(tx, 'a', 2)),
    store.transact(async (tx) => numbers.get(tx, 'a')),
  ]);
  expect(seen).toBe(2);
  expect(await store.read(async (reader) => numbers.get(reader, 'a'))).toBe(2);
});

it('shows nobody what a failed transaction put in', async () => {
  const numbers = cache();
  const store = withCaches(base, [numbers]);
  const failing = store.transact(async (tx) => {
    numbers.set(tx, 'a', 1);
    throw new Error('undone');
  });
  const [outcome, seen] = await Promise.allSettled([
    failing,
    store.transact(async (tx) => numbers.get(tx, 'a')),
  ]);
  expect(outcome.status).toBe('rejected');
  expect(seen).toMatchObject({ status: 'fulfilled', value: undefined });
});

it('shows nobody what was made untrue, and is not filled by who has seen only that', async () => {
  const numbers = cache();
  const store = withCaches(base, [numbers]);
  await store.transact(async (tx) => numbers.set(tx, 'a', 1));
  const changed = Promise.withResolvers<void>();
  const earlier = store.read(async (reader) => {
    await changed.promise;
    expect(numbers.get(reader, 'a')).toBeUndefined();
    numbers.set(reader, 'a', 1);
  });
  await store
    .transact(async (tx) => {
      numbers.forget(tx, 'a');
      expect(numbers.get(tx, 'a')).toBeUndefined();
      throw new Error('undone');
    })
    .catch(() => {});
  expect(await store.read(async (reader) => numbers.get(reader, 'a'))).toBe(1);
  await store.transact(async (tx) => numbers.forget(tx, 'a'));
  changed.resolve();
  await earlier;
  expect(await store.read(async (reader) => numbers.get(reader, 'a'))).toBeUndefined();
});

it('keeps no more than its size, however large its values are, and of what a transaction reads an eighth', async () => {
  const texts = new TxCache<number, string>(1_000, { max: 800, sizeOf: ({ length }) => length });
  const store = withCaches(base, [texts]);
  const kept = (reader: Parameters<typeof texts.get>[0]) =>
    Array.from({ length: 1_000 }, (_, key) => texts.get(reader, key)).filter((text) => text !== undefined);
  await store.transact(async (tx) => {
    for (let key = 0; key < 1_000; key++) texts.set(tx, key, 'x'.repeat(10));
    // What it wrote it sees.
    expect(kept(tx)).toHaveLength(1_000);
  });
  expect(await store.read(async (reader) => kept(reader))).toHaveLength(80);
  await store.transact(async (tx) => texts.set(tx, 0, 'x'.repeat(790)));
  expect(await store.read(async (reader) => kept(reader).join('').length)).toBeLessThanOrEqual(800);
  await store.transact(async (tx) => {
    for (let key = 2_000; key < 2_100; key++) texts.note(tx, key, 'x'.repeat(10));
    expect([texts.get(tx, 2_009), texts.get(tx, 2_010)]).toEqual(['x'.repeat(10), undefined]);
  });
});
