import {
  createRoom,
  type Engine,
  engineTables,
  fileEvents,
  inspectRoom,
  joinRoom,
  media,
  roomById,
  sendEvent,
  serveBackfill,
  serveEvent,
  setRetention,
  startHistoryPurge,
  stateEvent,
  timeline,
  uploadMedia,
} from '@causeway/homeserver';
import { parseServerName, type RoomId, type UserId } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failingStore } from './failing-store.ts';
import { sayAll } from './fill-room.ts';
import { eventually, TestNetwork, type TestServer } from './network.ts';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;

beforeEach(async () => {
  network = new TestNetwork();
  north = await network.add('north.test');
  south = await network.add('south.test');
  ada = north.user('ada');
  sol = south.user('sol');
});

afterEach(() => network[Symbol.asyncDispose]());

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
    return events.flatMap(({ pdu }) => (pdu.type === 'm.room.message' ? [String(pdu.content['body'])] : []));
  });

const membership = (engine: Engine, roomId: RoomId, user: UserId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const event = room && (await stateEvent(engine, reader, room, 'm.room.member', user));
    return event?.pdu.content['membership'];
  });

const shared = async (version?: string): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, {
    preset: 'public_chat',
    name: 'Bridge',
    ...(version === undefined ? {} : { room_version: version }),
  });
  await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
  await arrived(north, roomId, sol);
  return roomId;
};

const arrived = (server: TestServer, roomId: RoomId, user: UserId) =>
  eventually(`${user} in the room`, async () => (await membership(server.engine, roomId, user)) === 'join');

const has = (server: TestServer, roomId: RoomId, text: string) =>
  eventually(`${text} at ${server.name}`, async () => (await bodies(server.engine, roomId)).includes(text));

/** A moment after everything so far and before everything from now on. */
const moment = async (): Promise<number> => {
  const now = Date.now() + 1;
  await eventually('the clock goes on', async () => Date.now() > now);
  return now;
};

const begin = async (server: TestServer, roomId: RoomId, before: number): Promise<void> => {
  await server.engine.store.transact((tx) => startHistoryPurge(tx, { roomId, before }));
  server.engine.upkeep.wake();
};

const purge = async (server: TestServer, roomId: RoomId, before: number): Promise<void> => {
  await begin(server, roomId, before);
  await server.engine.upkeep.idle();
};

/** Until these messages are left: what the other server is about to acknowledge goes with the next purge. */
const purgeUntil = async (
  server: TestServer,
  roomId: RoomId,
  before: number,
  left: readonly string[],
): Promise<void> => {
  await eventually(`only ${left.length} messages are left`, async () => {
    await purge(server, roomId, before);
    return (await bodies(server.engine, roomId)).length === left.length;
  });
  expect(await bodies(server.engine, roomId)).toEqual(left);
};

/** Everything that is kept, as text. */
const everything = ({ engine }: TestServer): Promise<string> =>
  engine.store.read(async (reader) => {
    const parts: string[] = [];
    for (const table of engineTables) parts.push(JSON.stringify(await reader.scan(table, {})));
    return parts.join('\n');
  });

const delivered = (from: TestServer, to: TestServer, roomId: RoomId, texts: readonly string[]) =>
  eventually(`all of ${from.name} at ${to.name}`, async () => {
    const there = await bodies(to.engine, roomId);
    return texts.every((text) => there.includes(text));
  });

describe.each(['1', '2', '10', '12'])('a purged room of version %s', (version) => {
  it('has lost what was said and goes on between its servers', async () => {
    const roomId = await shared(version);
    await say(north, ada, roomId, 'xylophone of north');
    await say(south, sol, roomId, 'xylophone of south');
    for (const server of [north, south]) {
      await has(server, roomId, 'xylophone of north');
      await has(server, roomId, 'xylophone of south');
    }
    await north.engine.search.catchUp();
    expect(await everything(north)).toContain('xylophone');
    // The last message is what the next one builds on.
    await purgeUntil(north, roomId, await moment(), []);
    expect(await bodies(south.engine, roomId)).toHaveLength(2);
    const kept = (await everything(north)).replaceAll(/"txn_body":"(?:[^"\\]|\\.)*"/g, '');
    expect(kept).not.toContain('xylophone');

    await say(north, ada, roomId, 'after, north');
    await has(south, roomId, 'after, north');
    await say(south, sol, roomId, 'after, south');
    await has(north, roomId, 'after, south');
    const west = await network.add('west.test');
    const wes = west.user('wes');
    await joinRoom(west.engine, { userId: wes, roomIdOrAlias: roomId, via: ['north.test'] });
    await arrived(south, roomId, wes);
    await say(west, wes, roomId, 'after, west');
    await has(north, roomId, 'after, west');
    await has(south, roomId, 'after, west');
    expect(await bodies(north.engine, roomId)).toEqual(['after, north', 'after, south', 'after, west']);
  });
});

describe('purging history', () => {
  it('leaves what is newer, and the state', async () => {
    const roomId = await shared();
    await say(north, ada, roomId, 'old');
    const before = await moment();
    await say(north, ada, roomId, 'new');
    const state = () =>
      north.engine.store.read(
        async (reader) => (await inspectRoom(north.engine, reader, roomId))?.state.events,
      );
    const had = await state();
    await delivered(north, south, roomId, ['old', 'new']);
    await purgeUntil(north, roomId, before, ['new']);
    expect(await state()).toBe(had);
    const { retention } = await inspect(north, roomId);
    expect(retention).toEqual({ maxAgeMs: undefined, purgedBefore: before });
  });

  it('takes an event that builds on a purged one without fetching anything', async () => {
    const roomId = await shared();
    await say(north, ada, roomId, 'fork here');
    await has(south, roomId, 'fork here');
    network.cut('south.test', true);
    await say(south, sol, roomId, 'written while away');
    await say(north, ada, roomId, 'meanwhile');
    network.cut('south.test', false);
    await delivered(south, north, roomId, ['written while away']);
    await delivered(north, south, roomId, ['meanwhile']);
    await purgeUntil(north, roomId, await moment(), []);
    network.cut('south.test', true);
    await say(north, ada, roomId, 'one end');
    await say(south, sol, roomId, 'another end');
    network.cut('south.test', false);
    network.requests.length = 0;
    await say(south, sol, roomId, 'from there');
    await has(north, roomId, 'another end');
    const asked = network.requests.filter(
      ({ from, path }) => from === 'north.test' && !path.includes('/send/'),
    );
    expect(asked).toEqual([]);
    expect(await bodies(north.engine, roomId)).not.toContain('fork here');
  });

  it('does not give out what is gone', async () => {
    const roomId = await shared();
    const eventId = await say(north, ada, roomId, 'gone');
    await has(south, roomId, 'gone');
    await purgeUntil(north, roomId, await moment(), []);
    const row = await north.engine.store.read((reader) => north.engine.events.byId(reader, eventId));
    expect(row?.verdict).toBe('purged');
    expect(JSON.stringify(row?.pdu)).not.toContain('gone');
    const origin = parseServerName('south.test');
    if (origin === undefined) throw new Error('not a server name');
    await expect(serveEvent(north.engine, { origin, eventId })).rejects.toMatchObject({
      errcode: 'M_NOT_FOUND',
    });
    const stretch = await serveBackfill(north.engine, { origin, roomId, from: [eventId], limit: 10 });
    expect(JSON.stringify(stretch)).not.toContain('gone');
  });

  it('keeps what another server still has to get until it has it', async () => {
    const roomId = await shared();
    network.cut('south.test', true);
    await say(north, ada, roomId, 'on its way');
    await purge(north, roomId, await moment());
    expect(await bodies(north.engine, roomId)).toEqual(['on its way']);
    network.cut('south.test', false);
    await say(south, sol, roomId, 'awake');
    await has(south, roomId, 'on its way');
    await eventually('it can go', async () => {
      await purge(north, roomId, await moment());
      return !(await bodies(north.engine, roomId)).includes('on its way');
    });
  });

  it('takes the files that only purged messages named, and no other', async () => {
    const roomId = await shared();
    const upload = (name: string) =>
      uploadMedia(north.engine, {
        userId: ada,
        contentType: 'text/plain',
        fileName: name,
        maxBytes: 100,
        content: (async function* () {
          yield Buffer.from(name);
        })(),
      });
    const send = (url: string) =>
      sendEvent(north.engine, {
        roomId,
        sender: ada,
        type: 'm.room.message',
        content: { msgtype: 'm.file', body: 'file', url },
      });
    const [only, both, face] = [await upload('only'), await upload('both'), await upload('face')];
    north.profiles.set(ada, { displayname: 'ada', avatar_url: face });
    for (const url of [only, both, face]) await send(url);
    const before = await moment();
    await send(both);
    const blobOf = async (url: string) => {
      const key = { origin: 'north.test', media_id: url.split('/').at(-1) ?? '' };
      const row = await north.engine.store.read((reader) => reader.get(media, key));
      return row?.blob_key;
    };
    const bytes = await blobOf(only);
    // What south still has to get stays.
    await eventually('one event that names a file', async () => {
      await purge(north, roomId, before);
      const links = await north.engine.store.read((reader) => reader.scan(fileEvents, {}));
      return links.length === 1;
    });
    expect(await blobOf(only)).toBeUndefined();
    await north.engine.upkeep.idle();
    expect(await north.engine.blobs.read(bytes ?? '')).toBeUndefined();
    expect(await blobOf(both)).toBeDefined();
    expect(await blobOf(face)).toBeDefined();
  });

  it('lets other writes through', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    const other = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await sayAll(
      north.engine,
      roomId,
      [ada],
      Array.from({ length: 2_000 }, (_, n) => `message number ${n}`),
    );
    await begin(north, roomId, await moment());
    let during = 0;
    const over = north.engine.upkeep.idle().then(() => 'over' as const);
    while ((await Promise.race([over, say(north, ada, other, 'hello')])) !== 'over') during += 1;
    expect(await bodies(north.engine, roomId)).toEqual([]);
    // 2,000 messages are 40 commits; a write that waits for all of them would have been one.
    expect(during).toBeGreaterThan(10);
  });

  it('goes on after a crash between any two commits', async () => {
    const store = failingStore(await openSqliteStore({ path: ':memory:', tables: engineTables }));
    const named = await network.add('east.test', { store });
    const eve = named.user('eve');
    const roomId = await createRoom(named.engine, eve, { preset: 'private_chat' });
    const texts = Array.from({ length: 420 }, (_, n) => `secret number ${n}`);
    await sayAll(named.engine, roomId, [eve], texts);
    await named.engine.search.catchUp();
    await begin(named, roomId, await moment());
    store.left = 3;
    await named.engine.upkeep.idle();
    let server = named;
    let crashes = 0;
    for (; store.left <= 0; crashes++) {
      // Some commits are those of the start.
      store.left = 6;
      server = await server.restart();
      await server.engine.upkeep.idle();
    }
    store.left = Number.POSITIVE_INFINITY;
    expect(crashes).toBeGreaterThan(1);
    expect(await bodies(server.engine, roomId)).toEqual([]);
    expect(await everything(server)).not.toContain('secret');
    await say(server, eve, roomId, 'and on');
    expect(await bodies(server.engine, roomId)).toEqual(['and on']);
  });
});

const inspect = async (server: TestServer, roomId: RoomId) => {
  const found = await server.engine.store.read((reader) => inspectRoom(server.engine, reader, roomId));
  if (found === undefined) throw new Error(`no room ${roomId}`);
  return found;
};

describe('retention', () => {
  it('of a room purges what is too old, there and only there', async () => {
    const [short, long] = [await shared(), await shared()];
    for (const roomId of [short, long]) {
      await say(north, ada, roomId, 'old');
      await has(south, roomId, 'old');
    }
    const { engine } = north;
    const set = (maxAgeMs: number | undefined) =>
      engine.store.transact((tx) => setRetention(tx, { roomId: short, maxAgeMs }));
    await moment();
    expect(await set(1)).toEqual({ maxAgeMs: undefined, purgedBefore: undefined });
    await eventually('it is applied', async () => {
      engine.upkeep.wake();
      await engine.upkeep.idle();
      return (await bodies(engine, short)).length === 0;
    });
    expect(await bodies(engine, long)).toEqual(['old']);
    expect(await bodies(south.engine, short)).toEqual(['old']);
    expect((await set(undefined)).maxAgeMs).toBe(1);
    await say(north, ada, short, 'stays');
    await moment();
    engine.upkeep.wake();
    await engine.upkeep.idle();
    expect(await bodies(engine, short)).toEqual(['stays']);
  });

  it('is refused for a room that is not here and for an age that is none', async () => {
    const { store } = north.engine;
    const roomId = await shared();
    const set = (target: RoomId, maxAgeMs: number) =>
      store.transact((tx) => setRetention(tx, { roomId: target, maxAgeMs }));
    await expect(set('!nowhere:north.test' as RoomId, 1)).rejects.toMatchObject({ errcode: 'M_NOT_FOUND' });
    for (const age of [0, -1, Number.NaN, 1e20]) {
      await expect(set(roomId, age)).rejects.toMatchObject({ errcode: 'M_INVALID_PARAM' });
    }
  });
});
