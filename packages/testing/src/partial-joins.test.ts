/** Rooms that were joined with most of their members left out, which arrive afterwards. */
import {
  backfillRoom,
  banUser,
  createRoom,
  engineTables,
  eventsToRejudge,
  getMembers,
  incompleteStates,
  inspectRoom,
  inviteUser,
  joinRoom,
  leaveRoom,
  leftOutMembers,
  memberships,
  parseSyncFilter,
  parseSyncToken,
  roomById,
  roomRemovals,
  roomServers,
  sendEvent,
  startRoomRemoval,
  stateEvent,
  stateEvents,
  sync,
  unverifiedEvents,
} from '@causeway/homeserver';
import type { RoomId, UserId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinAll } from './fill-room.ts';
import { type HurriedClock, hurriedClock } from './hurried-clocks.ts';
import { joinDespiteBan } from './join-despite-ban.ts';
import { eventually, type RecordedRequest, TestNetwork, type TestServer } from './network.ts';
import { bodies, membership, say } from './north-and-south.ts';
import { signedRequest, signedTransaction } from './signed-transaction.ts';

/** Beyond what is told whole. */
const CROWD = 60;
/** A try in vain is repeated after some tenths of a second. */
const FASTER = 100;

let network: TestNetwork;
let clock: HurriedClock;
let north: TestServer;
let south: TestServer;
let west: TestServer;
let ada: UserId;
let sol: UserId;
let wes: UserId;
let release: () => void;

beforeEach(async () => {
  clock = hurriedClock(FASTER);
  network = new TestNetwork();
  north = await network.add('north.test');
  south = await network.add('south.test', { clock });
  west = await network.add('west.test');
  ada = north.user('ada');
  sol = south.user('sol');
  wes = west.user('wes');
  release = () => {};
});

afterEach(async () => {
  release();
  await network[Symbol.asyncDispose]();
});

const asksForState = ({ from, path }: Pick<RecordedRequest, 'from' | 'path'>) =>
  from === 'south.test' && path.includes('/v1/state/');

/** South gets no answer with the members before it is released. */
const hold = (): void => {
  const { promise, resolve } = Promise.withResolvers<void>();
  release = resolve;
  network.beforeAnswer = async (request) => (asksForState(request) ? promise : undefined);
};

/** A room of ada's with many of north, and with wes, whom south is not told of. */
const largeRoom = async (crowd = CROWD): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, {
    preset: 'public_chat',
    name: 'Harbour',
    power_level_content_override: { users: { [wes]: 50 } },
  });
  const people = Array.from({ length: crowd }, (_, index) => ({
    userId: north.user(`member${index}`),
    displayname: `member ${index}`,
  }));
  await joinAll(north.engine, roomId, people);
  await joinRoom(west.engine, { userId: wes, roomIdOrAlias: roomId, via: ['north.test'] });
  await eventually('wes is in', async () => (await membership(north.engine, roomId, wes)) === 'join');
  return roomId;
};

const enter = (roomId: RoomId, via: readonly string[] = ['north.test'], userId = sol) =>
  joinRoom(south.engine, { userId, roomIdOrAlias: roomId, via });

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
    for (const { server_nid, joined, believed } of await reader.scan(roomServers, { where })) {
      servers.push(`${await engine.names.serverName(reader, server_nid)} ${joined} ${believed ?? 'known'}`);
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

const leftOut = async (roomId: RoomId) =>
  (await south.engine.store.read((reader) => inspectRoom(south.engine, reader, roomId)))?.incomplete?.leftOut;

const countPeople = async (roomId: RoomId) => (await whole(south, roomId)).people.length;

const arrived = (server: TestServer, roomId: RoomId, body: string) =>
  eventually(`${body} at ${server.name}`, async () => (await bodies(server.engine, roomId)).includes(body));

const verdictOf = (eventId: string) =>
  south.engine.store.read(async (reader) => (await south.engine.events.byId(reader, eventId))?.verdict);

/** Rows that south keeps for rooms that are known in part. */
const nothingKept = () =>
  eventually('nothing is kept for it any more', () =>
    south.engine.store.read(async (reader) => {
      const counts: number[] = [];
      for (const table of [incompleteStates, unverifiedEvents, eventsToRejudge, leftOutMembers]) {
        counts.push(await reader.count(table, {}));
      }
      return counts.every((count) => count === 0);
    }),
  );

const askSouth = async (from: TestServer, method: string, url: string, body?: string) => {
  const answer = await signedRequest(from, south, { method, url, ...(body === undefined ? {} : { body }) });
  const parsed: { errcode?: string } = JSON.parse(Buffer.from(answer.bytes).toString());
  return [answer.status, parsed.errcode];
};

describe('a large room that is joined', { timeout: 60_000 }, () => {
  it('can be used at once, and has everybody in the end', async () => {
    const roomId = await largeRoom(400);
    hold();
    const began = Date.now();
    await enter(roomId);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(await countPeople(roomId)).toBeLessThan(5);
    expect(await leftOut(roomId)).toMatchObject({ server: 'north.test', tries: 0 });
    await say(south, sol, roomId, 'so many of you');
    await arrived(north, roomId, 'so many of you');
    await arrived(west, roomId, 'so many of you');
    release();
    await isWhole(roomId);
    await nothingKept();
    expect(await countPeople(roomId)).toBe(403);
    expect(await leftOut(roomId)).toBeUndefined();
    await say(south, sol, roomId, 'there you are');
    await arrived(west, roomId, 'there you are');
  });

  it('shows who speaks, with their name, before the members are here', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    expect(await membership(south.engine, roomId, wes)).toBeUndefined();
    await say(west, wes, roomId, 'welcome');
    await arrived(south, roomId, 'welcome');
    expect(await membership(south.engine, roomId, wes)).toBe('join');
    await say(south, sol, roomId, 'thank you, wes');
    await arrived(west, roomId, 'thank you, wes');
    release();
    await isWhole(roomId);
    expect(await bodies(south.engine, roomId)).toEqual(['welcome', 'thank you, wes']);
    await nothingKept();
  });

  it('has its history before the members are here', async () => {
    const roomId = await largeRoom();
    await say(north, ada, roomId, 'what was before');
    await arrived(west, roomId, 'what was before');
    await say(west, wes, roomId, 'and this');
    await arrived(north, roomId, 'and this');
    hold();
    await enter(roomId);
    const history = { roomId, belowPosition: Number.MAX_SAFE_INTEGER, limit: 50 };
    expect((await backfillRoom(south.engine, history)).added).toBeGreaterThan(20);
    expect(await bodies(south.engine, roomId)).toEqual(['what was before', 'and this']);
    release();
    await isWhole(roomId);
    while (!(await backfillRoom(south.engine, history)).complete);
    expect(await bodies(south.engine, roomId)).toEqual(['what was before', 'and this']);
    await nothingKept();
  });

  it('goes on after a restart', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    await eventually('the members are asked for', async () => network.requests.some(asksForState));
    south = await south.restart();
    expect(await leftOut(roomId)).toMatchObject({ server: 'north.test' });
    await say(south, sol, roomId, 'back again');
    await arrived(west, roomId, 'back again');
    await say(west, wes, roomId, 'we saw');
    await arrived(south, roomId, 'we saw');
    release();
    await isWhole(roomId);
    await nothingKept();
  });

  it('gets them from another server when the one that it was joined through is gone', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    network.standIn = async ({ destination }, from) =>
      from === 'south.test' && destination === 'north.test' ? 'failed' : undefined;
    release();
    await isWhole(roomId);
    await nothingKept();
  });

  it('is not completed by a state that lacks what was told at the join', async () => {
    const roomId = await largeRoom();
    network.tamper = ({ from, to, path }, answer) => {
      if (!asksForState({ from, path }) || to !== 'north.test') return answer;
      const body: { pdus: { type: string }[]; auth_chain: unknown[] } = JSON.parse(answer);
      return JSON.stringify({ ...body, pdus: body.pdus.filter(({ type }) => type !== 'm.room.name') });
    };
    await enter(roomId);
    await isWhole(roomId);
    const asked = network.requests.filter(asksForState).map(({ to }) => to);
    expect(asked).toEqual(['north.test', 'west.test']);
  });

  it('keeps what was told at the join where a state says something else', async () => {
    const roomId = await largeRoom();
    const named = await north.engine.store.read(async (reader) => {
      const room = await roomById(reader, roomId);
      return room && (await stateEvent(north.engine, reader, room, 'm.room.name', ''))?.pdu;
    });
    await sendEvent(north.engine, {
      roomId,
      sender: ada,
      type: 'm.room.name',
      stateKey: '',
      content: { name: 'Port' },
    });
    network.tamper = (request, answer) => {
      if (!asksForState(request)) return answer;
      const body: { pdus: { type: string }[] } = JSON.parse(answer);
      return JSON.stringify({
        ...body,
        pdus: body.pdus.map((pdu) => (pdu.type === 'm.room.name' ? named : pdu)),
      });
    };
    await enter(roomId);
    await isWhole(roomId);
    await nothingKept();
    expect(network.requests.filter(asksForState)).toHaveLength(1);
  });

  it('says why nobody gives them, tries again, and loses nothing', async () => {
    const roomId = await largeRoom();
    network.standIn = async ({ path }, from) =>
      asksForState({ from, path }) ? { status: 200, body: { pdus: [], auth_chain: [] } } : undefined;
    await enter(roomId);
    const told = await eventually('a try in vain', async () => {
      const found = await leftOut(roomId);
      return found?.reason === undefined ? undefined : found;
    });
    expect(told.reason).toMatch(/north.test can't be used: it leaves out \d+ events/);
    await say(west, wes, roomId, 'hello');
    await arrived(south, roomId, 'hello');
    network.standIn = async () => undefined;
    await isWhole(roomId);
    await nothingKept();
    expect(await bodies(south.engine, roomId)).toEqual(['hello']);
  });

  it.each([
    ['names no servers', undefined, /names no servers/],
    ['names none', [], /names no servers/],
    ['names something else', ['north.test', 'not a server'], /is no server name/],
    ['names a number', ['north.test', 7], /is no server name/],
    ['gives no list', 'north.test', /names no servers/],
    ['says null', null, /names no servers/],
  ])('is not entered by an answer that %s', async (_what, servers_in_room, reason) => {
    // All servers together have some seconds.
    clock.faster = 1;
    const roomId = await largeRoom();
    network.tamper = ({ path, to }, answer) => {
      if (!path.includes('/send_join/') || to !== 'north.test') return answer;
      const body: { servers_in_room?: unknown } = JSON.parse(answer);
      return JSON.stringify({ ...body, servers_in_room });
    };
    await expect(enter(roomId)).rejects.toThrow(reason);
    await enter(roomId, ['north.test', 'west.test']);
    await isWhole(roomId);
    await nothingKept();
  });

  it('takes back what was accepted because a ban was not known', async () => {
    const roomId = await largeRoom();
    const east = await network.add('east.test');
    const eve = east.user('eve');
    await banUser(north.engine, { roomId, sender: ada, target: eve });
    hold();
    await enter(roomId);
    const newest = await say(south, sol, roomId, 'is anybody here?');
    const { eventId, pdu } = await joinDespiteBan(south, east, roomId, eve, newest);
    await signedTransaction(east, south, { pdus: [pdu] });
    await eventually('she is in', async () => (await membership(south.engine, roomId, eve)) === 'join');
    await say(south, sol, roomId, 'hello eve');
    release();
    await eventually('she is not', async () => (await verdictOf(eventId)) === 'rejected');
    await isWhole(roomId);
    expect(await membership(south.engine, roomId, eve)).toBe('ban');
    expect(await bodies(south.engine, roomId)).toEqual(['is anybody here?', 'hello eve']);
    await nothingKept();
  });

  it('is not served to others before its members are here', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    const eventId = await say(south, sol, roomId, 'first');
    await arrived(west, roomId, 'first');
    const [at, room] = ['/_matrix/federation/v1', encodeURIComponent(roomId)];
    const about = `${room}?event_id=${encodeURIComponent(eventId)}`;
    expect(await askSouth(west, 'GET', `${at}/state/${about}`)).toEqual([404, 'M_NOT_FOUND']);
    expect(await askSouth(west, 'GET', `${at}/state_ids/${about}`)).toEqual([404, 'M_NOT_FOUND']);
    const wim = encodeURIComponent(west.user('wim'));
    expect(await askSouth(west, 'GET', `${at}/make_join/${room}/${wim}?ver=11&ver=12`)).toEqual([
      400,
      'M_UNABLE_TO_GRANT_JOIN',
    ]);
    expect(await askSouth(west, 'GET', `${at}/make_knock/${room}/${wim}?ver=11&ver=12`)).toEqual([
      404,
      'M_NOT_FOUND',
    ]);
    expect(await askSouth(west, 'GET', `${at}/event/${encodeURIComponent(eventId)}`)).toEqual([
      200,
      undefined,
    ]);
    // Begun elsewhere, or before.
    const entry = (path: string) => askSouth(west, 'PUT', `/_matrix/federation/${path}/${room}/$event`, '{}');
    const [join, oldJoin, knock] = ['v2/send_join', 'v1/send_join', 'v1/send_knock'];
    for (const path of [join, oldJoin, knock]) expect(await entry(path)).toEqual([404, 'M_NOT_FOUND']);
    // Who is told so asks the next server.
    const east = await network.add('east.test');
    const eve = east.user('eve');
    await joinRoom(east.engine, { userId: eve, roomIdOrAlias: roomId, via: ['south.test', 'north.test'] });
    await arrived(south, roomId, 'first');
    release();
    await isWhole(roomId);
    expect(await askSouth(west, 'GET', `${at}/state_ids/${about}`)).toEqual([200, undefined]);
    for (const path of [join, oldJoin, knock]) expect(await entry(path)).toEqual([400, 'M_INVALID_PARAM']);
  });

  it('tells no server that is not in it', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    const eventId = await say(south, sol, roomId, 'among us');
    const east = await network.add('east.test');
    const room = encodeURIComponent(roomId);
    const backfill = `/_matrix/federation/v1/backfill/${room}?v=${encodeURIComponent(eventId)}&limit=10`;
    expect(await askSouth(east, 'GET', backfill)).toEqual([403, 'M_FORBIDDEN']);
    expect(await askSouth(west, 'GET', backfill)).toEqual([200, undefined]);
  });

  it('shows who writes before they are known', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    const room = await south.engine.store.read((reader) => roomById(reader, roomId));
    if (room === undefined) throw new Error('no room');
    const typing = (user: string) => ({
      edu_type: 'm.typing',
      content: { room_id: roomId, user_id: user, typing: true },
    });
    const east = await network.add('east.test');
    await signedTransaction(east, south, { edus: [typing(east.user('eve'))] });
    await signedTransaction(west, south, { edus: [typing(wes)] });
    expect(south.engine.typing.typing(room.room_nid)).toEqual([wes]);
  });

  it('can be joined by a second person meanwhile, also one who was invited', async () => {
    const roomId = await largeRoom();
    const [mara, milo] = [south.user('mara'), south.user('milo')];
    hold();
    await enter(roomId);
    await enter(roomId, [], mara);
    await inviteUser(north.engine, { roomId, sender: ada, target: milo });
    await enter(roomId, ['north.test'], milo);
    await eventually('they are in', async () => (await membership(north.engine, roomId, milo)) === 'join');
    release();
    await isWhole(roomId);
    await nothingKept();
  });

  it('lets in whose invitation is not here yet through another server', async () => {
    const roomId = await largeRoom();
    const mara = south.user('mara');
    await inviteUser(north.engine, { roomId, sender: ada, target: sol });
    await inviteUser(north.engine, { roomId, sender: ada, target: mara });
    await sendEvent(north.engine, {
      roomId,
      sender: ada,
      type: 'm.room.join_rules',
      stateKey: '',
      content: { join_rule: 'invite' },
    });
    hold();
    await enter(roomId);
    expect(await membership(south.engine, roomId, mara)).toBeUndefined();
    await enter(roomId, ['north.test'], mara);
    release();
    await isWhole(roomId);
    expect(await membership(south.engine, roomId, mara)).toBe('join');
    await nothingKept();
  });

  it('lets two people of one server in at once', async () => {
    const roomId = await largeRoom();
    await Promise.all([enter(roomId), enter(roomId, ['north.test'], south.user('mara'))]);
    await isWhole(roomId);
    await nothingKept();
  });

  it('is forgotten when it was left, and is whole when it is joined again', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    await leaveRoom(south.engine, { roomId, sender: sol });
    release();
    await nothingKept();
    hold();
    await enter(roomId);
    expect(await leftOut(roomId)).toBeDefined();
    release();
    await isWhole(roomId);
    await nothingKept();
  });

  it('leaves nothing behind when it is removed meanwhile', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    const nid = (await south.engine.store.read((reader) => roomById(reader, roomId)))?.room_nid;
    await south.engine.store.transact((tx) => startRoomRemoval(south.engine, tx, { roomId, reason: '' }));
    await eventually('it is gone', async () => {
      south.engine.upkeep.wake();
      await south.engine.upkeep.idle();
      return south.engine.store.read(
        async (reader) =>
          (await reader.get(roomRemovals, { room_id: roomId })) === undefined &&
          (await roomById(reader, roomId)) === undefined,
      );
    });
    release();
    // Its end waits for what is under way.
    south = await south.restart();
    const left = await south.engine.store.read(async (reader) => {
      const found: string[] = [];
      for (const table of engineTables) {
        for (const row of await reader.scan(table, {})) {
          if ('room_nid' in row && row.room_nid === nid) found.push(table.name);
        }
      }
      return found;
    });
    expect(left).toEqual([]);
    await nothingKept();
  });

  it('knows those whose keys can not be had when their server is back', async () => {
    const roomId = await largeRoom();
    let isAway = true;
    network.standIn = async ({ destination }, from) =>
      isAway && from === 'south.test' && destination === 'west.test' ? 'failed' : undefined;
    await enter(roomId);
    await eventually('the others', async () => (await countPeople(roomId)) === CROWD + 2);
    expect(await membership(south.engine, roomId, wes)).toBeUndefined();
    expect(await leftOut(roomId)).toBeUndefined();
    isAway = false;
    await isWhole(roomId);
    await nothingKept();
  });

  it('is joined as before through a server that leaves nobody out', async () => {
    const roomId = await largeRoom();
    network.isUnknown = ({ path }) => path.includes('/v2/send_join/');
    await enter(roomId);
    expect(await leftOut(roomId)).toBeUndefined();
    expect(await whole(south, roomId)).toEqual(await whole(north, roomId));
  });

  it('gives who asks for its members all of them, a moment later', async () => {
    clock.faster = 1;
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    let isAnswered = false;
    const request = { userId: sol, deviceId: 'phone', roomId, at: undefined } as const;
    const asked = getMembers(south.engine, { ...request, membership: 'join', notMembership: undefined });
    const done = asked.finally(() => {
      isAnswered = true;
    });
    await say(west, wes, roomId, 'hello');
    await arrived(south, roomId, 'hello');
    expect(isAnswered).toBe(false);
    release();
    expect(await done).toHaveLength(CROWD + 3);
  });

  it('gives who asks for its members those who are known, after a while', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    const request = { userId: sol, deviceId: 'phone', roomId, at: undefined } as const;
    const known = await getMembers(south.engine, {
      ...request,
      membership: undefined,
      notMembership: undefined,
    });
    expect(known.map((event) => event.state_key)).toContain(sol);
    expect(known.length).toBeLessThan(5);
  });

  it('is shown to clients with the right number of members at once, and with the members when they come', async () => {
    const roomId = await largeRoom();
    hold();
    await enter(roomId);
    const total = await eventually('the number', async () => (await leftOut(roomId))?.total);
    expect(total).toBe(CROWD + 3);
    const request = {
      userId: sol,
      deviceId: 'phone',
      since: undefined,
      stateAfter: false,
      filter: parseSyncFilter({ room: { state: { lazy_load_members: true } } }),
      fullState: false,
      timeoutMs: 0,
      setPresence: 'offline',
      signal: new AbortController().signal,
    } as const;
    const before = await sync(south.engine, request);
    expect(before.rooms?.join?.[roomId]?.summary?.['m.joined_member_count']).toBe(CROWD + 3);
    release();
    await isWhole(roomId);
    const since = parseSyncToken(before.next_batch);
    if (since === undefined) throw new Error('no token');
    const room = (await sync(south.engine, { ...request, since })).rooms?.join?.[roomId];
    expect(room?.state?.events.filter(({ type }) => type === 'm.room.member').length).toBeGreaterThan(CROWD);
    expect(room?.summary?.['m.joined_member_count']).toBe(CROWD + 3);
  });
});
