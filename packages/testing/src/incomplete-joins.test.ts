/** Rooms that were joined while the keys of one of their servers could not be had. */
import {
  banUser,
  createRoom,
  eventsToRejudge,
  incompleteStates,
  inspectRoom,
  joinRoom,
  leaveRoom,
  memberships,
  parseSyncFilter,
  parseSyncToken,
  roomById,
  roomServers,
  stateEvents,
  sync,
  unverifiedEvents,
} from '@causeway/homeserver';
import type { RoomId, UserId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HurriedClock, hurriedClock } from './hurried-clocks.ts';
import { joinDespiteBan } from './join-despite-ban.ts';
import { eventually, TestNetwork, type TestServer } from './network.ts';
import { bodies, membership, say } from './north-and-south.ts';
import { signedTransaction } from './signed-transaction.ts';

/** A minute passes in a few hundredths of a second. */
const FASTER = 1_000;
const EIGHT_DAYS_MS = 8 * 24 * 3_600_000;

let network: TestNetwork;
let clock: HurriedClock;
let north: TestServer;
let south: TestServer;
let west: TestServer;
let ada: UserId;
let sol: UserId;
let wes: UserId;
/** South does not reach these servers, and so does not believe them when they call. */
let apart: Set<string>;

beforeEach(async () => {
  clock = hurriedClock(FASTER);
  network = new TestNetwork();
  north = await network.add('north.test', { clock });
  south = await network.add('south.test', { clock });
  west = await network.add('west.test', { clock });
  ada = north.user('ada');
  sol = south.user('sol');
  wes = west.user('wes');
  apart = new Set(['west.test']);
  network.standIn = async ({ destination }, from) =>
    from === 'south.test' && apart.has(destination) ? 'failed' : undefined;
});

afterEach(() => network[Symbol.asyncDispose]());

/** A room of ada's in which wes, of west, is too, and may ban others. */
const roomWithWest = async (): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, {
    preset: 'public_chat',
    name: 'Harbour',
    power_level_content_override: { users: { [wes]: 50 } },
  });
  await joinRoom(west.engine, { userId: wes, roomIdOrAlias: roomId, via: ['north.test'] });
  return roomId;
};

const enter = (roomId: RoomId) =>
  joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });

/** The state of a room, and what is derived from it. */
const whole = ({ engine }: TestServer, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error(`no room ${roomId}`);
    const where = { room_nid: room.room_nid };
    const people: string[] = [];
    for (const { user_nid, membership } of await reader.scan(memberships, { where })) {
      people.push(`${await engine.names.userId(reader, user_nid)} ${membership}`);
    }
    const servers: string[] = [];
    for (const { server_nid, joined } of await reader.scan(roomServers, { where })) {
      servers.push(`${await engine.names.serverName(reader, server_nid)} ${joined}`);
    }
    return {
      state: (await stateEvents(engine, reader, room)).map(({ eventId }) => eventId).sort(),
      people: people.sort(),
      servers: servers.sort(),
    };
  });

const isWhole = (roomId: RoomId) =>
  eventually('south knows what north knows', async () => {
    const [there, here] = [await whole(north, roomId), await whole(south, roomId)];
    return JSON.stringify(there) === JSON.stringify(here);
  });

const notYetKnown = async ({ engine }: TestServer, roomId: RoomId) =>
  (await engine.store.read((reader) => inspectRoom(engine, reader, roomId)))?.incomplete;

const arrived = (server: TestServer, roomId: RoomId, body: string) =>
  eventually(`${body} at ${server.name}`, async () => (await bodies(server.engine, roomId)).includes(body));

/** What became of somebody's newest event of a type, at south. */
const verdictOf = ({ engine }: TestServer, eventId: string) =>
  engine.store.read(async (reader) => (await engine.events.byId(reader, eventId))?.verdict);

/** Rows that south keeps for incomplete rooms. */
const kept = ({ engine }: TestServer) =>
  engine.store.read(async (reader) => {
    const counts: number[] = [];
    for (const table of [incompleteStates, unverifiedEvents, eventsToRejudge]) {
      counts.push(await reader.count(table, {}));
    }
    return counts.reduce((sum, count) => sum + count, 0);
  });

const nothingKept = (server: TestServer) =>
  eventually('nothing is kept for it any more', async () => (await kept(server)) === 0);

describe('a room that was joined while the keys of one of its servers could not be had', () => {
  it('says which members are not known, and knows them when that server is back', async () => {
    const roomId = await roomWithWest();
    await enter(roomId);
    expect(await membership(south.engine, roomId, wes)).toBeUndefined();
    expect(await notYetKnown(south, roomId)).toEqual({ members: 1, others: 0, servers: ['west.test'] });
    apart.clear();
    await isWhole(roomId);
    await eventually('nothing is missing', async () => (await notYetKnown(south, roomId)) === undefined);
  });

  it('knows them also after a restart', async () => {
    const roomId = await roomWithWest();
    await enter(roomId);
    south = await south.restart();
    expect(await membership(south.engine, roomId, wes)).toBeUndefined();
    apart.clear();
    await isWhole(roomId);
    await eventually('nothing is missing', async () => (await notYetKnown(south, roomId)) === undefined);
  });

  it('knows them although the server that it was joined through is gone', async () => {
    const roomId = await roomWithWest();
    await enter(roomId);
    apart = new Set(['north.test']);
    await isWhole(roomId);
  });

  it('knows those whose server is back, while another one stays away', async () => {
    const roomId = await roomWithWest();
    const east = await network.add('east.test', { clock });
    const eve = east.user('eve');
    await joinRoom(east.engine, { userId: eve, roomIdOrAlias: roomId, via: ['north.test'] });
    apart.add('east.test');
    await enter(roomId);
    expect(await notYetKnown(south, roomId)).toEqual({
      members: 2,
      others: 0,
      servers: ['east.test', 'west.test'],
    });
    apart.delete('west.test');
    await eventually('wes is known', async () => (await membership(south.engine, roomId, wes)) === 'join');
    expect(await notYetKnown(south, roomId)).toEqual({ members: 1, others: 0, servers: ['east.test'] });
    south = await south.restart();
    expect(await membership(south.engine, roomId, wes)).toBe('join');
    apart.clear();
    await isWhole(roomId);
    await nothingKept(south);
  });

  it('tells the server that is back what was said meanwhile, and hears what it said', async () => {
    const roomId = await roomWithWest();
    await enter(roomId);
    await say(south, sol, roomId, 'is anybody here?');
    await say(west, wes, roomId, 'I am');
    apart.clear();
    await arrived(west, roomId, 'is anybody here?');
    await arrived(south, roomId, 'I am');
    await isWhole(roomId);
    await nothingKept(south);
    await say(south, sol, roomId, 'good');
    await arrived(west, roomId, 'good');
  });

  it('shows clients the members when they are known', async () => {
    const roomId = await roomWithWest();
    await enter(roomId);
    const request = {
      userId: sol,
      deviceId: 'phone',
      since: undefined,
      stateAfter: false,
      filter: parseSyncFilter({}),
      fullState: false,
      timeoutMs: 0,
      setPresence: 'offline',
      signal: new AbortController().signal,
    } as const;
    const before = await sync(south.engine, request);
    apart.clear();
    await isWhole(roomId);
    const since = parseSyncToken(before.next_batch);
    if (since === undefined) throw new Error('no token');
    const news = await sync(south.engine, { ...request, since });
    const room = news.rooms?.join?.[roomId];
    expect(room?.state?.events.map((event) => event.state_key)).toContain(wes);
    expect(room?.summary?.['m.joined_member_count']).toBe(3);
  });

  it('shows what was rejected because its sender was not known', async () => {
    const roomId = await roomWithWest();
    const east = await network.add('east.test', { clock });
    await joinRoom(east.engine, { userId: east.user('eve'), roomIdOrAlias: roomId, via: ['north.test'] });
    apart.add('east.test');
    await enter(roomId);
    // The keys of east are on their way, and nothing is completed before they are here.
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const isForKeys = ({ from, to, path }: { from: string; to: string; path: string }) =>
      from === 'south.test' && to === 'east.test' && path.includes('/key/');
    network.beforeAnswer = async (request) => (isForKeys(request) ? released : undefined);
    apart.delete('east.test');
    await eventually('east is asked', async () =>
      network.requests.some((request) => isForKeys(request) && request.status === 200),
    );
    apart.clear();
    const eventId = await say(west, wes, roomId, 'hello');
    await eventually('it is rejected', async () => (await verdictOf(south, eventId)) === 'rejected');
    await say(north, ada, roomId, 'who was that?');
    await arrived(south, roomId, 'who was that?');
    release();
    await arrived(south, roomId, 'hello');
    await isWhole(roomId);
    await nothingKept(south);
  });

  it('takes back what was accepted because a ban was not known', async () => {
    const roomId = await roomWithWest();
    const east = await network.add('east.test', { clock });
    const eve = east.user('eve');
    await banUser(west.engine, { roomId, sender: wes, target: eve });
    await eventually('the ban', async () => (await membership(north.engine, roomId, eve)) === 'ban');
    await enter(roomId);
    const newest = await say(south, sol, roomId, 'is anybody here?');
    const { eventId, pdu } = await joinDespiteBan(south, east, roomId, eve, newest);
    await signedTransaction(east, south, { pdus: [pdu] });
    await eventually('she is in', async () => (await membership(south.engine, roomId, eve)) === 'join');
    await say(south, sol, roomId, 'hello eve');
    apart.clear();
    await eventually('she is not', async () => (await verdictOf(south, eventId)) === 'rejected');
    await eventually('the ban', async () => (await membership(south.engine, roomId, eve)) === 'ban');
    await arrived(north, roomId, 'hello eve');
    await isWhole(roomId);
    expect(await bodies(south.engine, roomId)).toEqual(['is anybody here?', 'hello eve']);
    await nothingKept(south);
  });

  it('knows them also when they can be known only after a long time', async () => {
    const roomId = await roomWithWest();
    await enter(roomId);
    await say(south, sol, roomId, 'is anybody here?');
    clock.aheadMs = EIGHT_DAYS_MS;
    await say(north, ada, roomId, 'nobody');
    await arrived(south, roomId, 'nobody');
    apart.clear();
    await isWhole(roomId);
    await nothingKept(south);
  });

  it('goes on where the state before an event must be believed, and is whole in the end', async () => {
    const roomId = await roomWithWest();
    await enter(roomId);
    const isLost = { next: true };
    network.standIn = async ({ destination, path }, from) => {
      if (from === 'south.test' && apart.has(destination)) return 'failed';
      if (path.includes('/get_missing_events/')) return { status: 403, body: { errcode: 'M_FORBIDDEN' } };
      if (destination !== 'south.test' || !path.includes('/v1/send/') || !isLost.next) return undefined;
      isLost.next = false;
      return { status: 200, body: { pdus: {} } };
    };
    await say(north, ada, roomId, 'lost');
    await eventually('it is lost', async () => !isLost.next);
    await say(north, ada, roomId, 'not lost');
    await arrived(south, roomId, 'not lost');
    expect(await membership(south.engine, roomId, wes)).toBeUndefined();
    apart.clear();
    await isWhole(roomId);
    await nothingKept(south);
  });

  it('is not waited for any more when it was left, and is whole when it is joined again', async () => {
    const roomId = await roomWithWest();
    await enter(roomId);
    await leaveRoom(south.engine, { roomId, sender: sol });
    await nothingKept(south);
    await enter(roomId);
    expect(await kept(south)).toBeGreaterThan(0);
    apart.clear();
    await isWhole(roomId);
    await nothingKept(south);
  });
});
