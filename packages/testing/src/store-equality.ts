import { compareValues, type Range, type Store, type StoreTx, type Table } from '@causeway/homeserver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractTables, type OpenStore } from './store-contract.ts';

/** Random transactions have equal results in two Stores, operation by operation and row by row. */
export const storeEquality = (name: string, openOne: OpenStore, openOther: OpenStore): void => {
  describe(`${name}: equality`, () => {
    it('gives equal results for random transactions', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 12 }), async (transactions) => {
          const tables = Object.values(contractTables);
          await using one = await openOne(tables);
          await using other = await openOther(tables);
          const [results, expected] = await Promise.all([
            runAll(one, transactions),
            runAll(other, transactions),
          ]);
          expect(results).toEqual(expected);
          expect(await contentsOf(one)).toEqual(await contentsOf(other));
        }),
        { numRuns: 150 },
      );
    });

    it('compares random text and bytes alike', async () => {
      const { pairs, bytes } = contractTables;
      const text = fc.string({ unit: 'binary', maxLength: 4 }).filter((each) => each.isWellFormed());
      const blob = fc.uint8Array({ maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(text), fc.array(blob), async (texts, blobs) => {
          await using store = await openOne([pairs, bytes]);
          await store.transact(async (tx) => {
            for (const left of texts) await tx.put(pairs, { left, right: 0 });
            for (const hash of blobs) await tx.put(bytes, { hash, size: 0 });
          });
          const lefts = (await store.read((reader) => reader.scan(pairs, {}))).map((row) => row.left);
          expect(lefts).toEqual(texts.toSorted(compareValues));
          const hashes = (await store.read((reader) => reader.scan(bytes, {}))).map((row) => row.hash);
          expect(hashes).toEqual(hashes.toSorted(compareValues));
        }),
        { numRuns: 40 },
      );
    });
  });
};

type Operation = {
  readonly label: string;
  readonly run: (tx: StoreTx) => Promise<unknown>;
};

type Transaction = { readonly operations: readonly Operation[]; readonly throws: boolean };

// Few different values, so that they meet often.
const integer = fc.constantFrom(0, 1, 2, 3, -1, Number.MAX_SAFE_INTEGER);
const text = fc.constantFrom('', 'a', 'b', '\uffff', '\u{1f600}', '\0');
const blob = fc.constantFrom([], [0], [1, 2], [255]).map((each) => new Uint8Array(each));
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 2 });

const { numbered, nested, bytes, pairs } = contractTables;
const numberedRow = fc.record({ id: integer, name: text, score: nullable(integer), body: nullable(blob) });
const nestedRow = fc.record({ outer: integer, key: text, order: integer, note: nullable(text) });

const show = (name: string, ...values: unknown[]) =>
  `${name} ${JSON.stringify(values, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value))}`;

const operation = <A>(
  name: string,
  argument: fc.Arbitrary<A>,
  run: (tx: StoreTx, argument: A) => Promise<unknown>,
): fc.Arbitrary<Operation> =>
  argument.map((value) => ({ label: show(name, value), run: (tx: StoreTx) => run(tx, value) }));

const shape = { reverse: fc.boolean(), limit: fc.option(fc.nat(3), { nil: undefined }) };
const bounds = <T>(values: fc.Arbitrary<T>) => ({
  gt: fc.option(values, { nil: undefined, freq: 1 }),
  gte: fc.option(values, { nil: undefined, freq: 1 }),
  lt: fc.option(values, { nil: undefined, freq: 1 }),
  lte: fc.option(values, { nil: undefined, freq: 1 }),
});
const numberedRange: fc.Arbitrary<Range<typeof numbered>> = fc.oneof(
  fc.record({ ...shape, ...bounds(integer) }),
  fc.record({ ...shape, ...bounds(text), index: fc.constant('by_name') }),
  fc.record({ ...shape, ...bounds(integer), index: fc.constant('by_score') }),
  fc.record({ ...shape, index: fc.constant('by_score'), where: fc.record({ score: nullable(integer) }) }),
);
const nestedRange: fc.Arbitrary<Range<typeof nested>> = fc.oneof(
  fc.record({ ...shape, ...bounds(integer) }),
  fc.record({ ...shape, ...bounds(text), where: fc.record({ outer: integer }) }),
  fc.record({
    ...shape,
    ...bounds(integer),
    index: fc.constant('by_order'),
    where: fc.record({ outer: integer }),
  }),
  fc.record({ ...shape, index: fc.constant('by_note'), where: fc.record({ note: nullable(text) }) }),
  fc.record({ ...shape, ...bounds(text), index: fc.constant('by_note') }),
);

const anyOperation = fc.oneof(
  operation('insert', numberedRow, (tx, row) => tx.insert(numbered, row)),
  operation('put', numberedRow, (tx, row) => tx.put(numbered, row)),
  operation('insert', nestedRow, (tx, row) => tx.insert(nested, row)),
  operation('put', nestedRow, (tx, row) => tx.put(nested, row)),
  operation('put', fc.record({ hash: blob, size: integer }), (tx, row) => tx.put(bytes, row)),
  operation('put', fc.record({ left: text, right: integer }), (tx, row) => tx.put(pairs, row)),
  operation(
    'update',
    fc.tuple(integer, fc.record({ name: text, score: nullable(integer) }, { requiredKeys: [] })),
    (tx, [id, change]) => tx.update(numbered, { id }, change),
  ),
  operation('update', fc.tuple(integer, text, nullable(text)), (tx, [outer, key, note]) =>
    tx.update(nested, { outer, key }, { note }),
  ),
  operation('get', integer, (tx, id) => tx.get(numbered, { id })),
  operation('delete', integer, (tx, id) => tx.delete(numbered, { id })),
  operation('delete', fc.tuple(integer, text), (tx, [outer, key]) => tx.delete(nested, { outer, key })),
  operation('scan', numberedRange, (tx, range) => tx.scan(numbered, range)),
  operation('scan', nestedRange, (tx, range) => tx.scan(nested, range)),
  operation('first', nestedRange, (tx, range) => tx.first(nested, range)),
  operation('count', numberedRange, (tx, range) => tx.count(numbered, range)),
  operation('count', nestedRange, (tx, range) => tx.count(nested, range)),
  operation('deleteRange', numberedRange, (tx, range) => tx.deleteRange(numbered, range)),
  operation('deleteRange', nestedRange, (tx, range) => tx.deleteRange(nested, range)),
  operation('next', fc.constantFrom('a', 'b'), (tx, sequence) => tx.next(sequence)),
);

const transaction: fc.Arbitrary<Transaction> = fc.record({
  operations: fc.array(anyOperation, { maxLength: 10 }),
  throws: fc.boolean(),
});

/** Runs them at the same time, so that they share commits; a failed operation does not end its body. */
const runAll = (store: Store, transactions: readonly Transaction[]): Promise<unknown[]> =>
  Promise.all(
    transactions.map(async ({ operations, throws }) => {
      const results: unknown[] = [];
      const body = async (tx: StoreTx) => {
        for (const { label, run } of operations) {
          try {
            results.push(label, await run(tx));
          } catch (error) {
            results.push(label, error instanceof Error ? error.name : 'thrown');
          }
        }
        if (throws) throw new Error('undone');
      };
      await store.transact(body).catch(() => results.push('undone'));
      return results;
    }),
  );

const contentsOf = (store: Store): Promise<unknown> =>
  store.read(async (reader) => {
    const contents: unknown[] = [];
    for (const table of Object.values<Table>(contractTables)) {
      contents.push(await reader.scan(table, {}));
      for (const index of Object.keys(table.indexes)) contents.push(await reader.scan(table, { index }));
    }
    return contents;
  });
