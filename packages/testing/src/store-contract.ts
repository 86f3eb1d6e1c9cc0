import {
  compareValues,
  defineTable,
  engineTables,
  type Range,
  type RowOf,
  type Store,
  type StoreTx,
  type Table,
  UniqueViolationError,
} from '@causeway/homeserver';
import { describe, expect, it } from 'vitest';
import { contractTables } from './contract-tables.ts';

export { contractTables };

export type OpenStore = (tables: readonly Table[]) => Promise<Store>;

/** What every Store does. `open` makes an empty one. */
export const storeContract = (name: string, open: OpenStore): void => {
  const { numbered, nested, bytes, pairs } = contractTables;
  const allTables = Object.values(contractTables);

  const withStore = (test: (store: Store) => Promise<void>) => async () => {
    await using store = await open(allTables);
    await test(store);
  };
  const row = (id: number, change: Partial<RowOf<typeof numbered>> = {}) => ({
    id,
    name: `n${id}`,
    score: null,
    body: null,
    ...change,
  });
  const insertNumbered = (store: Store, ...rows: RowOf<typeof numbered>[]) =>
    store.transact(async (tx) => {
      for (const each of rows) await tx.insert(numbered, each);
    });
  const namesOf = (store: Store, range: Range<typeof numbered>) =>
    store.read(async (reader) => (await reader.scan(numbered, range)).map((each) => each.name));

  describe(`${name}: rows`, () => {
    it(
      'gives back what was put in, in every kind of column',
      withStore(async (store) => {
        const rows = [
          row(1, { score: Number.MAX_SAFE_INTEGER, body: new Uint8Array([0, 255, 7]) }),
          row(Number.MIN_SAFE_INTEGER, { score: -1, body: new Uint8Array(0) }),
          row(0, { name: 'a\0b\u{1f600}\uffff\u0001' }),
          row(2, { name: '' }),
        ];
        await insertNumbered(store, ...rows);
        for (const each of rows) {
          expect(await store.read((reader) => reader.get(numbered, { id: each.id }))).toEqual(each);
        }
        expect(await store.read((reader) => reader.get(numbered, { id: 9 }))).toBeUndefined();
      }),
    );

    it(
      'keeps its own copy of bytes',
      withStore(async (store) => {
        const hash = new Uint8Array([1, 2]);
        await store.transact((tx) => tx.insert(bytes, { hash, size: 1 }));
        hash[0] = 9;
        const [first] = await store.read((reader) => reader.scan(bytes, {}));
        first?.hash.fill(7);
        expect(await store.read((reader) => reader.get(bytes, { hash: new Uint8Array([1, 2]) }))).toEqual({
          hash: new Uint8Array([1, 2]),
          size: 1,
        });
      }),
    );

    it(
      'refuses a second row with the same key, or the same value of a unique index, and keeps the first',
      withStore(async (store) => {
        await insertNumbered(store, row(1));
        for (const second of [row(1, { name: 'other' }), row(2, { name: 'n1' })]) {
          await expect(insertNumbered(store, second)).rejects.toThrow(UniqueViolationError);
        }
        await expect(store.transact((tx) => tx.put(numbered, row(2, { name: 'n1' })))).rejects.toThrow(
          UniqueViolationError,
        );
        await insertNumbered(store, row(2));
        await expect(store.transact((tx) => tx.update(numbered, { id: 2 }, { name: 'n1' }))).rejects.toThrow(
          UniqueViolationError,
        );
        expect(await namesOf(store, {})).toEqual(['n1', 'n2']);
      }),
    );

    it(
      'lets a body go on after a refused row',
      withStore(async (store) => {
        await insertNumbered(store, row(1));
        await store.transact(async (tx) => {
          await expect(tx.insert(numbered, row(1))).rejects.toThrow(UniqueViolationError);
          await tx.insert(numbered, row(2));
        });
        expect(await namesOf(store, {})).toEqual(['n1', 'n2']);
      }),
    );

    it(
      'counts nulls of a unique index as different',
      withStore(async (store) => {
        await store.transact(async (tx) => {
          await tx.insert(nested, { outer: 1, key: 'a', order: 1, note: null });
          await tx.insert(nested, { outer: 1, key: 'b', order: 1, note: null });
          await tx.insert(nested, { outer: 1, key: 'c', order: 1, note: 'x' });
          await expect(tx.put(nested, { outer: 1, key: 'd', order: 1, note: 'x' })).rejects.toThrow(
            UniqueViolationError,
          );
        });
        expect(await store.read((reader) => reader.count(nested, {}))).toBe(3);
      }),
    );

    it(
      'replaces, changes and deletes rows',
      withStore(async (store) => {
        await insertNumbered(store, row(1), row(2), row(3));
        await store.transact(async (tx) => {
          await tx.put(numbered, row(1, { name: 'one' }));
          await tx.put(numbered, row(4));
          await tx.put(pairs, { left: 'a', right: 1 });
          await tx.put(pairs, { left: 'a', right: 1 });
          expect(await tx.update(numbered, { id: 2 }, { score: 5, name: 'two' })).toBe(true);
          expect(await tx.update(numbered, { id: 9 }, { score: 5 })).toBe(false);
          expect(await tx.update(numbered, { id: 2 }, {})).toBe(true);
          expect(await tx.update(numbered, { id: 9 }, {})).toBe(false);
          await tx.delete(numbered, { id: 3 });
          await tx.delete(numbered, { id: 9 });
          expect(await tx.get(numbered, { id: 1 })).toEqual(row(1, { name: 'one' }));
          expect(await tx.first(numbered, { index: 'by_score', where: { score: 5 } })).toMatchObject({
            id: 2,
          });
        });
        expect(await namesOf(store, {})).toEqual(['one', 'two', 'n4']);
        expect(await store.read((reader) => reader.scan(pairs, {}))).toEqual([{ left: 'a', right: 1 }]);
      }),
    );
  });

  describe(`${name}: refusals`, () => {
    const refused: readonly [string, (tx: StoreTx) => Promise<unknown>][] = [
      ['a lone surrogate', (tx) => tx.insert(numbered, row(1, { name: 'a\ud800' }))],
      ['a lone surrogate in a range', (tx) => tx.scan(numbered, { index: 'by_name', gt: '\udc00' })],
      ['an integer beyond 2^53', (tx) => tx.insert(numbered, row(2 ** 53))],
      ['a fraction', (tx) => tx.insert(numbered, row(1, { score: 1.5 }))],
      ['not a number', (tx) => tx.get(numbered, { id: Number.NaN })],
      ['null in a column that has none', (tx) => tx.insert(numbered, Object.assign(row(1), { name: null }))],
      ['a missing column', (tx) => tx.insert(numbered, Object.assign(row(1), { name: undefined }))],
      ['a column that is not there', (tx) => tx.insert(numbered, Object.assign(row(1), { other: 1 }))],
      ['text for bytes', (tx) => tx.insert(numbered, Object.assign(row(1), { body: 'x' }))],
      ['a change of the key', (tx) => tx.update(numbered, { id: 1 }, { id: 2 })],
      ['undefined as a change', (tx) => tx.update(numbered, { id: 1 }, { name: undefined })],
      ['undefined in where', (tx) => tx.deleteRange(nested, { where: { outer: undefined } })],
      ['where with a gap', (tx) => tx.scan(nested, { where: { key: 'a' } })],
      ['where beside the order', (tx) => tx.scan(nested, { where: { outer: 1, order: 1 } })],
      ['a bound without a column', (tx) => tx.scan(numbered, { where: { id: 1 }, gt: 1 })],
      ['a bound of another type', (tx) => tx.scan(numbered, { gt: 'a' })],
      ['a negative limit', (tx) => tx.scan(numbered, { limit: -1 })],
      ['a sequence without a name', (tx) => tx.next('')],
    ];
    it.each(refused)('refuses %s', async (_, operation) => {
      await using store = await open(allTables);
      await expect(store.transact(operation)).rejects.toThrow(Error);
      expect(await store.read((reader) => reader.count(numbered, {}))).toBe(0);
    });

    it(
      'refuses a table it was not opened with',
      withStore(async (store) => {
        const other = defineTable({ name: 'numbered', columns: { id: 'integer' }, key: ['id'] });
        await expect(store.read((reader) => reader.get(other, { id: 1 }))).rejects.toThrow(/not declared/);
      }),
    );
  });

  describe(`${name}: ranges`, () => {
    const fill = (store: Store) =>
      store.transact(async (tx) => {
        for (const outer of [1, 2, 3]) {
          for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) {
            await tx.insert(nested, { outer, key, order: (i * 7) % 4, note: null });
          }
        }
      });
    const keysOf = (store: Store, range: Range<typeof nested>) =>
      store.read(async (reader) => (await reader.scan(nested, range)).map((each) => each.key).join(''));

    it(
      'are in the order of the key or of an index, from either end',
      withStore(async (store) => {
        await fill(store);
        expect(await keysOf(store, { where: { outer: 2 } })).toBe('abcd');
        expect(await keysOf(store, { where: { outer: 2 }, reverse: true, limit: 3 })).toBe('dcb');
        expect(await keysOf(store, { index: 'by_order', where: { outer: 2 } })).toBe('adcb');
        expect(await keysOf(store, { index: 'by_order', where: { outer: 2 }, gte: 1, lt: 3 })).toBe('dc');
        expect(await keysOf(store, { where: { outer: 2 }, gt: 'a', lte: 'c' })).toBe('bc');
        expect(await keysOf(store, { gt: 2, limit: 2 })).toBe('ab');
        expect(await keysOf(store, { limit: 0 })).toBe('');
        expect(await keysOf(store, { where: { outer: 2 }, gt: undefined })).toBe('abcd');
      }),
    );

    it(
      'can be counted, read from the start and deleted, with a limit or without',
      withStore(async (store) => {
        await fill(store);
        await store.transact(async (tx) => {
          expect(await tx.count(nested, { where: { outer: 1 } })).toBe(4);
          expect(await tx.count(nested, { where: { outer: 1 }, limit: 3 })).toBe(3);
          expect(await tx.first(nested, { where: { outer: 1 }, reverse: true })).toMatchObject({ key: 'd' });
          expect(await tx.first(nested, { where: { outer: 7 } })).toBeUndefined();
          await tx.deleteRange(nested, { index: 'by_order', where: { outer: 2 }, limit: 2 });
          await tx.deleteRange(nested, { where: { outer: 1 }, gte: 'b' });
          await tx.deleteRange(nested, { where: { outer: 9 } });
        });
        expect(await keysOf(store, {})).toBe('abcabcd');
        await store.transact((tx) => tx.deleteRange(nested, {}));
        expect(await keysOf(store, {})).toBe('');
      }),
    );

    it(
      'compare text by code point, as UTF-8 does, and bytes one by one',
      withStore(async (store) => {
        const sorted = [
          '',
          '\0',
          '\0a',
          'Z',
          'a',
          'aa',
          'b',
          'é',
          '\ud7ff',
          '\ue000',
          '\uffff',
          '\u{10000}',
          '\u{10ffff}',
        ];
        await insertNumbered(store, ...sorted.toReversed().map((text, id) => row(id, { name: text })));
        expect(await namesOf(store, { index: 'by_name' })).toEqual(sorted);
        expect(await namesOf(store, { index: 'by_name', gt: '\uffff' })).toEqual(['\u{10000}', '\u{10ffff}']);
        expect(sorted.toSorted(compareValues)).toEqual(sorted);

        const hashes = [[], [0], [0, 0], [1], [127, 255], [128], [255]].map((each) => new Uint8Array(each));
        await store.transact(async (tx) => {
          for (const hash of hashes.toReversed()) await tx.insert(bytes, { hash, size: hash.length });
        });
        const found = await store.read((reader) => reader.scan(bytes, {}));
        expect(found.map((each) => each.hash)).toEqual(hashes);
      }),
    );

    it(
      'have nulls first, found by where and outside every bound',
      withStore(async (store) => {
        await insertNumbered(store, row(1, { score: 2 }), row(2), row(3, { score: -5 }), row(4));
        const ids = (range: Range<typeof numbered>) =>
          store.read(async (reader) =>
            (await reader.scan(numbered, { index: 'by_score', ...range })).map((each) => each.id),
          );
        expect(await ids({})).toEqual([2, 4, 3, 1]);
        expect(await ids({ reverse: true })).toEqual([1, 3, 4, 2]);
        expect(await ids({ where: { score: null } })).toEqual([2, 4]);
        expect(await ids({ where: { score: null }, gt: 2 })).toEqual([4]);
        expect(await ids({ lt: 2 })).toEqual([3]);
        expect(await ids({ gte: -9 })).toEqual([3, 1]);
      }),
    );
  });

  describe(`${name}: transactions`, () => {
    it(
      'undoes what a body wrote when it throws, and only that',
      withStore(async (store) => {
        const outcomes = await Promise.allSettled([
          insertNumbered(store, row(1)),
          store.transact(async (tx) => {
            await tx.insert(numbered, row(2));
            await tx.update(numbered, { id: 1 }, { name: 'spoiled' });
            await tx.deleteRange(numbered, {});
            throw new Error('changed my mind');
          }),
          store.transact(async (tx) => {
            await tx.insert(numbered, row(3));
            return await tx.count(numbered, {});
          }),
        ]);
        expect(outcomes.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(outcomes[2]).toMatchObject({ value: 2 });
        expect(await namesOf(store, {})).toEqual(['n1', 'n3']);
      }),
    );

    it(
      'runs bodies one after the other in the order of their calls, each seeing the ones before',
      withStore(async (store) => {
        const seen = await Promise.all(
          Array.from({ length: 600 }, (_, i) =>
            store.transact(async (tx) => {
              const before = await tx.count(numbered, {});
              await tx.insert(numbered, row(i));
              return before;
            }),
          ),
        );
        expect(seen).toEqual(Array.from({ length: 600 }, (_, i) => i));
      }),
    );

    it(
      'reads one snapshot while others write',
      withStore(async (store) => {
        await insertNumbered(store, row(1));
        await store.read(async (reader) => {
          expect(await reader.count(numbered, {})).toBe(1);
          await insertNumbered(store, row(2));
          expect(await reader.count(numbered, {})).toBe(1);
          expect(await reader.get(numbered, { id: 2 })).toBeUndefined();
          expect(await store.read((other) => other.count(numbered, {}))).toBe(2);
        });
      }),
    );

    it(
      'does not show a running transaction to readers',
      withStore(async (store) => {
        const inside = Promise.withResolvers<void>();
        const seen = Promise.withResolvers<void>();
        const write = store.transact(async (tx) => {
          await tx.insert(numbered, row(1));
          inside.resolve();
          await seen.promise;
        });
        await inside.promise;
        expect(await store.read((reader) => reader.count(numbered, {}))).toBe(0);
        seen.resolve();
        await write;
        expect(await store.read((reader) => reader.count(numbered, {}))).toBe(1);
      }),
    );

    it(
      'serves more reads at once than it has connections',
      withStore(async (store) => {
        await insertNumbered(store, row(1));
        const open = Promise.withResolvers<void>();
        const reads = Array.from({ length: 50 }, (_, i) =>
          store.read(async (reader) => {
            if (i < 3) await open.promise;
            return reader.count(numbered, {});
          }),
        );
        setImmediate(open.resolve);
        expect(await Promise.all(reads)).toEqual(Array(50).fill(1));
      }),
    );

    it(
      'refuses operations of a transaction that has ended',
      withStore(async (store) => {
        let kept: StoreTx | undefined;
        await store.transact(async (tx) => {
          kept = tx;
        });
        await expect(kept?.get(numbered, { id: 1 })).rejects.toThrow(/ended/);
        await expect(kept?.insert(numbered, row(1))).rejects.toThrow(/ended/);
        await expect(kept?.next('s')).rejects.toThrow(/ended/);
        expect(await namesOf(store, {})).toEqual([]);
      }),
    );

    it('finishes what was begun when it is closed, and takes nothing more', async () => {
      const store = await open(allTables);
      const write = insertNumbered(store, row(1));
      const read = store.read((reader) => reader.count(numbered, {}));
      await store[Symbol.asyncDispose]();
      await write;
      expect(await read).toBeTypeOf('number');
      await expect(insertNumbered(store, row(2))).rejects.toThrow(/closed/);
      await expect(store.read(async () => {})).rejects.toThrow(/closed/);
    });
  });

  describe(`${name}: sequences`, () => {
    it(
      'count from 1 without a gap, each by itself',
      withStore(async (store) => {
        const taken = await store.transact(async (tx) => [
          await tx.next('a'),
          await tx.next('a'),
          await tx.next('b'),
        ]);
        expect(taken).toEqual([1, 2, 1]);
        expect(await store.transact((tx) => tx.next('a'))).toBe(3);
      }),
    );

    it(
      'give back the numbers of a body that threw',
      withStore(async (store) => {
        const taken = await Promise.allSettled([
          store.transact((tx) => tx.next('a')),
          store.transact(async (tx) => {
            await tx.next('a');
            await tx.next('new');
            throw new Error('no');
          }),
          store.transact(async (tx) => [await tx.next('a'), await tx.next('new')]),
        ]);
        expect(taken[0]).toMatchObject({ value: 1 });
        expect(taken[2]).toMatchObject({ value: [2, 1] });
        expect(await store.transact((tx) => tx.next('a'))).toBe(3);
      }),
    );
  });

  describe(`${name}: the engine's tables`, () => {
    it('can all be opened', async () => {
      await using store = await open(engineTables);
      for (const table of engineTables) {
        expect(await store.read((reader) => reader.count(table, {}))).toBe(0);
      }
    });
  });
};
