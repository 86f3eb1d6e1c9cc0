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
