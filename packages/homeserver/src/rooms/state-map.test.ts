import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withCaches } from '../store/caching-store.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { engineTables, stateNodes } from '../store/schema.ts';
import { StateMaps } from './state-map.ts';

const setUp = () => {
  const states = new StateMaps();
  const store = withCaches(createMemoryStore(engineTables), states.caches);
  return { states, store };
};

const ROOM = 1;
const entriesOf = (map: ReadonlyMap<number, number>) => [...map].sort(([a], [b]) => a - b);
const key = fc.integer({ min: 1, max: 400 });
const event = fc.integer({ min: 1, max: 1_000_000 });
const map = fc.array(fc.tuple(key, event), { maxLength: 300 }).map((entries) => new Map(entries));

describe('the persistent state map', () => {
  it('holds what was put in, whatever the order of changes', async () => {
    const { states, store } = setUp();
    await fc.assert(
      fc.asyncProperty(map, fc.array(key, { maxLength: 60 }), async (wanted, removed) => {
        for (const one of removed) wanted.delete(one);
        const { built, changed } = await store.transact(async (tx) => {
          const empty = await states.build(tx, ROOM, []);
          const built = await states.build(tx, ROOM, wanted);
          // One by one, in reverse, with keys that are removed again.
          let changed = await states.update(tx, ROOM, empty, new Map(removed.map((one) => [one, 7])));
          for (const [one, value] of [...wanted].reverse()) {
            changed = await states.update(tx, ROOM, changed, new Map([[one, value]]));
          }
          const gone = removed.filter((one) => !wanted.has(one));
          changed = await states.update(tx, ROOM, changed, new Map(gone.map((one) => [one, undefined])));
          return { built, changed };
        });
        expect(Buffer.from(changed).toString('hex')).toBe(Buffer.from(built).toString('hex'));
        const read = await store.read((reader) => states.entries(reader, ROOM, built));
        expect([...read].sort(([a], [b]) => a - b)).toEqual(entriesOf(wanted));
        for (const [one, value] of wanted) {
          expect(await store.read((reader) => states.get(reader, ROOM, built, one))).toBe(value);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('finds exactly what differs between two maps', async () => {
    const { states, store } = setUp();
    await fc.assert(
      fc.asyncProperty(map, map, async (left, right) => {
        const difference = await store.transact(async (tx) =>
          states.difference(
            tx,
            ROOM,
            await states.build(tx, ROOM, left),
            await states.build(tx, ROOM, right),
          ),
        );
        const keys = new Set([...left.keys(), ...right.keys()]);
        const expected = [...keys]
          .filter((one) => left.get(one) !== right.get(one))
          .map((one) => ({ stateKeyNid: one, a: left.get(one), b: right.get(one) }));
        const byKey = (a: { stateKeyNid: number }, b: { stateKeyNid: number }) =>
          a.stateKeyNid - b.stateKeyNid;
        expect([...difference].sort(byKey)).toEqual(expected.sort(byKey));
      }),
      { numRuns: 100 },
    );
  });

  it('writes few nodes for one change of a large map', async () => {
    const { states, store } = setUp();
    const root = await store.transact((tx) =>
      states.build(
        tx,
        ROOM,
        Array.from({ length: 20_000 }, (_, index) => [index + 1, index + 1] as const),
      ),
    );
    const before = await store.read((reader) => reader.count(stateNodes, {}));
    await store.transact((tx) => states.update(tx, ROOM, root, new Map([[77, 5]])));
    const after = await store.read((reader) => reader.count(stateNodes, {}));
    expect(after - before).toBeLessThanOrEqual(5);
  });

  it('keeps nothing of a transaction that failed', async () => {
    const { states, store } = setUp();
    const failing = store.transact(async (tx) => {
      await states.build(tx, ROOM, [[1, 1]]);
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    const root = await store.transact((tx) => states.build(tx, ROOM, [[1, 1]]));
    const row = await store.read((reader) => reader.get(stateNodes, { room_nid: ROOM, hash: root }));
    expect(row).toBeDefined();
  });
});
