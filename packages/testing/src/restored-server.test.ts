/** A server that goes on from a backup, while the others know more. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRoom,
  type Engine,
  engineTables,
  formatSyncToken,
  joinRoom,
  noteRestore,
  parseSyncFilter,
  parseSyncToken,
  roomById,
  roomsToCatchUp,
  sendEvent,
  type SyncResponse,
  sync,
  timeline,
} from '@causeway/homeserver';
import type { RoomId, UserId } from '@causeway/protocol';
import { copyDatabase, openSqliteStore } from '@causeway/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, TestNetwork, type TestServer } from './network.ts';

let folder: string;
let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;

const open = (name: string) =>
  openSqliteStore({ path: join(folder, name, 'causeway.db'), tables: engineTables });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-restore-'));
  network = new TestNetwork();
  for (const name of ['north', 'backup']) mkdirSync(join(folder, name));
  north = await network.add('north.test', { store: await open('north') });
  south = await network.add('south.test');
  ada = north.user('ada');
  sol = south.user('sol');
});

afterEach(async () => {
  await network[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const backUp = () =>
  copyDatabase(join(folder, 'north', 'causeway.db'), join(folder, 'backup', 'causeway.db'));

const restore = async (): Promise<void> => {
  const store = await open('backup');
  await store.transact((tx) => noteRestore(tx, Date.now()));
  north = await north.restart(store);
};

const say = (server: TestServer, sender: UserId, roomId: RoomId, body: string) =>
  sendEvent(server.engine, {
    roomId,
    sender,
    type: 'm.room.message',
    content: { msgtype: 'm.text', body },
  });

const bodies = (engine: Engine, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const rows = room ? await reader.scan(timeline, { where: { room_nid: room.room_nid } }) : [];
    const events = await engine.events.many(
      reader,
      rows.map((row) => row.event_nid),
    );
    return events
      .filter((event) => event.pdu.type === 'm.room.message')
      .map((event) => event.pdu.content['body']);
  });

const shared = async (version?: string): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, {
    preset: 'public_chat',
    ...(version === undefined ? {} : { room_version: version }),
  });
  await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
  return roomId;
};

const has = (server: TestServer, roomId: RoomId, body: string) =>
  eventually(`${server.name} has ${body}`, async () => (await bodies(server.engine, roomId)).includes(body));

const syncOf = (since?: string): Promise<SyncResponse> =>
  sync(north.engine, {
    userId: ada,
    deviceId: 'A',
    filter: parseSyncFilter({}),
    since: since === undefined ? undefined : parseSyncToken(since),
    fullState: false,
    stateAfter: false,
    timeoutMs: 0,
    signal: new AbortController().signal,
  });

const shownIn = (response: SyncResponse, roomId: RoomId) => response.rooms?.join?.[roomId]?.timeline;

describe.each(['1', '3', '12'])('after a restore, in a room of version %s', (version) => {
  it('has again what it sent and received since the backup, in its order', async () => {
    const roomId = await shared(version);
    await say(north, ada, roomId, 'before');
    await has(south, roomId, 'before');
    backUp();
    for (let index = 0; index < 25; index++) {
      await say(north, ada, roomId, `ours ${index}`);
      await has(south, roomId, `ours ${index}`);
      await say(south, sol, roomId, `theirs ${index}`);
      await has(north, roomId, `theirs ${index}`);
    }
    const whole = await bodies(north.engine, roomId);
    await restore();
    expect(await bodies(north.engine, roomId)).toContain('before');
    await has(north, roomId, 'theirs 24');
    expect(await bodies(north.engine, roomId)).toEqual(whole);
    await say(north, ada, roomId, 'after');
    await has(south, roomId, 'after');
  });
});

describe('after a restore', () => {
  it('waits for servers that are away, and asks no longer when it is done', async () => {
    const roomId = await shared();
    backUp();
    await say(north, ada, roomId, 'lost');
    await has(south, roomId, 'lost');
    network.cut('south.test', true);
    await restore();
    const left = () => north.store.read((reader) => reader.count(roomsToCatchUp, {}));
    await eventually('it asked', async () =>
      network.requests.some(({ path }) => path.includes('make_leave')),
    );
    expect(await left()).toBe(1);
    network.cut('south.test', false);
    await say(south, sol, roomId, 'I am back');
    await has(north, roomId, 'lost');
    await eventually('nothing is left to ask', async () => (await left()) === 0);
  });

  it('sends what was under way with a new transaction ID, and only once', async () => {
    const roomId = await shared();
    network.cut('south.test', true);
    await say(north, ada, roomId, 'under way');
    const sends = () =>
      network.requests.filter(({ from, path }) => from === 'north.test' && path.includes('/send/'));
    const tried = () => sends().filter(({ body }) => body?.includes('under way'));
    await eventually('it was tried', async () => tried().length > 0);
    const before = new Set(tried().map(({ path }) => path));
    expect(before.size).toBe(1);
    await eventually('it is frozen', async () => tried()[0]?.status === 'failed');
    backUp();
    network.cut('south.test', false);
    await restore();
    await has(south, roomId, 'under way');
    const after = tried().filter(({ status }) => status === 200);
    expect(after.some(({ path }) => before.has(path))).toBe(false);
    expect((await bodies(south.engine, roomId)).filter((body) => body === 'under way')).toHaveLength(1);
  });

  it('a client that knows more than the backup is told everything from the start', async () => {
    const roomId = await shared();
    await say(north, ada, roomId, 'one');
    const { next_batch: early } = await syncOf();
    backUp();
    for (const body of ['two', 'three', 'four']) await say(north, ada, roomId, body);
    const { next_batch: late } = await syncOf(early);
    network.cut('south.test', true);
    await restore();
    const again = await syncOf(late);
    const room = again.rooms?.join?.[roomId];
    expect(room?.timeline.limited).toBe(true);
    expect(JSON.stringify(room?.timeline.events)).toContain('"one"');
    expect(JSON.stringify(room?.timeline.events)).not.toContain('"two"');
    await say(north, ada, roomId, 'new');
    const next = await syncOf(again.next_batch);
    expect(shownIn(next, roomId)).toMatchObject({ limited: false, events: [{ content: { body: 'new' } }] });
  });

  it('a client that knows less than the backup goes on where it was', async () => {
    const roomId = await shared();
    const { next_batch: early } = await syncOf();
    await say(north, ada, roomId, 'one');
    backUp();
    network.cut('south.test', true);
    await restore();
    expect(shownIn(await syncOf(early), roomId)).toMatchObject({
      limited: false,
      events: [{ content: { body: 'one' } }],
    });
  });

  it('two restores of one backup are two histories', async () => {
    const roomId = await shared();
    backUp();
    network.cut('south.test', true);
    await restore();
    await say(north, ada, roomId, 'in the first');
    const { next_batch } = await syncOf();
    const token = parseSyncToken(next_batch);
    expect(north.engine.epochs.isOurs(token)).toBe(true);
    expect(north.engine.epochs.isOurs({ ...token, epoch: '000000000000', stream: 1 })).toBe(false);
    expect(parseSyncToken(formatSyncToken(token))).toEqual(token);
  });
});
