/** What was acknowledged is not lost, whatever fails while it is worked through. */
import { engineTables, type Store, type StoreTx, stagedPdus } from '@causeway/homeserver';
import { openSqliteStore } from '@causeway/storage';
import { afterEach, describe, expect, it } from 'vitest';
import { impatientClock } from './hurried-clocks.ts';
import { eventually } from './network.ts';
import { bodies, type NorthAndSouth, northAndSouth, say, sharedRoom } from './north-and-south.ts';

let two: NorthAndSouth;

afterEach(() => two.network[Symbol.asyncDispose]());

/** A store whose next readings of staged events inside a transaction fail, as they do on a disk that is at fault. */
class FaultyStore implements Store {
  readonly #store: Store;
  faults = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  readonly read: Store['read'] = (body) => this.#store.read(body);

  readonly transact: Store['transact'] = (body) =>
    this.#store.transact((tx) => {
      const scan: StoreTx['scan'] = async (table, range) => {
        if (table.name === stagedPdus.name && this.faults > 0) {
          this.faults -= 1;
          throw new Error('disk I/O error');
        }
        return tx.scan(table, range);
      };
      return body({
        scan,
        get: (...input) => tx.get(...input),
        first: (...input) => tx.first(...input),
        count: (...input) => tx.count(...input),
        insert: (...input) => tx.insert(...input),
        put: (...input) => tx.put(...input),
        update: (...input) => tx.update(...input),
        delete: (...input) => tx.delete(...input),
        deleteRange: (...input) => tx.deleteRange(...input),
        next: (...input) => tx.next(...input),
      });
    });

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }
}

describe('acknowledged events', () => {
  it('are taken up after a fault of the store, without anybody sending something new', async () => {
    const store = new FaultyStore(await openSqliteStore({ path: ':memory:', tables: engineTables }));
    two = await northAndSouth({ store, clock: impatientClock });
    const roomId = await sharedRoom(two);
    store.faults = 5;
    await say(two.north, two.ada, roomId, 'acknowledged');
    await eventually('the faults', async () => store.faults === 0);
    await eventually('the message', async () =>
      (await bodies(two.south.engine, roomId)).includes('acknowledged'),
    );
  });

  it('pass one that we fail at, which stays to be tried again', async () => {
    two = await northAndSouth();
    const roomId = await sharedRoom(two);
    await two.south.engine.store.transact(async (tx) =>
      tx.insert(stagedPdus, {
        sequence: await tx.next('staged_pdu'),
        room_id: roomId,
        event_id: '$unreadable',
        origin: 'north.test',
        json: '{',
        received_ts: Date.now(),
      }),
    );
    for (const body of ['one', 'two']) await say(two.north, two.ada, roomId, body);
    await eventually('both messages', async () => (await bodies(two.south.engine, roomId)).length === 2);
    expect(await bodies(two.south.engine, roomId)).toEqual(['one', 'two']);
    const left = await two.south.engine.store.read((reader) => reader.scan(stagedPdus, {}));
    expect(left.map(({ event_id }) => event_id)).toEqual(['$unreadable']);
  });
});
