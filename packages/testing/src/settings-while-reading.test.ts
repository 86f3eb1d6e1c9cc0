/** What a person changes counts from then on, whatever is being read at that moment. */
import {
  accountData,
  createRoom,
  engineTables,
  joinRoom,
  parseSyncFilter,
  parseSyncToken,
  putAccountData,
  type Store,
  type StoreReader,
  sync,
} from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { expect, it } from 'vitest';
import { TestNetwork, type TestServer } from './network.ts';
import { say } from './north-and-south.ts';

/** While it is closed, readers keep the snapshot that they began with and wait. */
class Gate {
  #open = Promise.withResolvers<void>();
  #isClosed = false;
  #passes = 0;

  /** So many readers still pass. */
  closeAfter(passes: number): void {
    this.#open = Promise.withResolvers();
    this.#passes = passes;
    this.#isClosed = true;
  }

  open(): void {
    this.#isClosed = false;
    this.#open.resolve();
  }

  around(store: Store): Store {
    return {
      read: (body) =>
        store.read((reader) => {
          if (!this.#isClosed || this.#passes-- > 0) return body(reader);
          const begun = reader.count(accountData, {});
          const wait = async () => {
            await begun;
            await this.#open.promise;
          };
          const waiting: StoreReader = {
            get: (table, key) => wait().then(() => reader.get(table, key)),
            first: (table, range) => wait().then(() => reader.first(table, range)),
            scan: (table, range) => wait().then(() => reader.scan(table, range)),
            count: (table, range) => wait().then(() => reader.count(table, range)),
          };
          return body(waiting);
        }),
      transact: (body) => store.transact(body),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  }
}

const syncOf = ({ engine }: TestServer, userId: UserId, since?: string) =>
  sync(engine, {
    ...{ userId, deviceId: 'A', timeoutMs: 0, fullState: false, stateAfter: false },
    filter: parseSyncFilter({}),
    since: since === undefined ? undefined : parseSyncToken(since),
    signal: new AbortController().signal,
  });

it.each([0, 1, 2, 3])(
  'who is ignored while a sync is at its read %i is not heard afterwards',
  async (read) => {
    await using network = new TestNetwork();
    const gate = new Gate();
    const store = gate.around(await openSqliteStore({ path: ':memory:', tables: engineTables }));
    const north = await network.add('north.test', { store });
    const [ada, mallory] = [north.user('ada'), north.user('mallory')];
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
    await joinRoom(north.engine, { userId: mallory, roomIdOrAlias: roomId, via: [] });

    gate.closeAfter(read);
    const underWay = syncOf(north, ada);
    // Whoever is to wait waits, or the sync has ended.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    await putAccountData(
      north.engine,
      { userId: ada, roomId: '', type: 'm.ignored_user_list' },
      { ignored_users: { [mallory]: {} } },
    );
    gate.open();
    const { next_batch } = await underWay;
    await say(north, mallory, roomId, 'can you hear me');
    const next = await syncOf(north, ada, next_batch);
    expect(JSON.stringify(next)).not.toContain('can you hear me');
  },
);
