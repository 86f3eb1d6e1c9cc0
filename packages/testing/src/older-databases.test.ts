/** A database that lacks what is kept today gets it at the start. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  createRoom,
  type Engine,
  engineTables,
  fileEvents,
  joinRoom,
  kickUser,
  leaveRoom,
  rooms,
} from '@causeway/homeserver';
import { openSqliteStore } from '@causeway/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { joinAll, sayAll } from './fill-room.ts';
import { eventually, TestNetwork, type TestServer } from './network.ts';
import { membership, say } from './north-and-south.ts';

/** The same server each time. */
const NORTHS_SEED = randomBytes(32);

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
  path = join(folder, 'causeway.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kept = ({ store }: Engine) =>
  store.read(async (reader) => ({
    files: await reader.scan(fileEvents, {}),
    since: (await reader.scan(rooms, {})).map((room) => room.shared_since),
  }));

/** Works with north on the database, until it is closed. */
const withNorth = async <R>(work: (north: TestServer, network: TestNetwork) => Promise<R>): Promise<R> => {
  await using network = new TestNetwork();
  const store = await openSqliteStore({ path, tables: engineTables });
  return await work(await network.add('north.test', { store, seed: NORTHS_SEED }), network);
};

it('files are linked to their events, and rooms know since when they are shared', async () => {
  const before = await withNorth(async (north, network) => {
    const { engine } = north;
    const south = await network.add('south.test');
    const [ada, bea, sol, tom] = [north.user('ada'), north.user('bea'), south.user('sol'), south.user('tom')];
    const enter = (userId: typeof sol, roomId: string) =>
      joinRoom(south.engine, { userId, roomIdOrAlias: roomId, via: ['north.test'] });
    const again = await createRoom(engine, ada, { preset: 'public_chat' });
    await enter(sol, again);
    await leaveRoom(south.engine, { roomId: again, sender: sol });
    await eventually('sol is gone', async () => (await membership(engine, again, sol)) === 'leave');
    await say(north, ada, again, 'among ourselves');
    await enter(sol, again);
    await enter(tom, again);
    await kickUser(engine, { roomId: again, sender: ada, target: sol });
    const theirs = await createRoom(south.engine, sol, { preset: 'public_chat' });
    await joinRoom(engine, { userId: ada, roomIdOrAlias: theirs, via: ['south.test'] });
    const own = await createRoom(engine, ada, { preset: 'public_chat' });
    await joinAll(engine, own, [{ userId: bea, displayname: 'bea' }]);
    const texts = Array.from({ length: 350 }, (_, index) => `mxc://north.test/file${index % 300}`);
    await sayAll(engine, own, [ada, bea], texts);
    return kept(engine);
  });
  expect(before.files).toHaveLength(350);
  expect(before.since).toEqual([expect.any(Number), 0, null]);

  const database = new DatabaseSync(path);
  database.exec('DROP TABLE file_events; DROP TABLE fill_ins; ALTER TABLE rooms DROP COLUMN shared_since;');
  database.close();

  // It is ended at once, and goes on at the next start where it was.
  const since = await withNorth(async ({ engine }) => (await kept(engine)).since);
  expect(since).toEqual(before.since);
  await withNorth(({ engine }) =>
    eventually('all files', async () => (await kept(engine)).files.length === 350),
  );
  expect(await withNorth(({ engine }) => kept(engine))).toEqual(before);
});
