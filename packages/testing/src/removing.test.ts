import {
  type Engine,
  createRoom,
  engineTables,
  inspectRoom,
  inviteUser,
  joinRoom,
  knockRoom,
  leaveRoom,
  roomById,
  roomRemovals,
  sendEvent,
  servers,
  setRoomBlocked,
  standingOf,
  startRoomRemoval,
  stateEvent,
  stateKeys,
  users,
} from '@causeway/homeserver';
import type { RoomId, UserId } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failingStore } from './failing-store.ts';
import { joinAll, sayAll } from './fill-room.ts';
import { impatientClock } from './hurried-clocks.ts';
import { eventually, TestNetwork, type TestServer } from './network.ts';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;

beforeEach(async () => {
  network = new TestNetwork();
  north = await network.add('north.test', { clock: impatientClock });
  south = await network.add('south.test', { clock: impatientClock });
  ada = north.user('ada');
  sol = south.user('sol');
});

afterEach(() => network[Symbol.asyncDispose]());

const memberContent = (engine: Engine, roomId: RoomId, user: UserId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const event = room && (await stateEvent(engine, reader, room, 'm.room.member', user));
    return event?.pdu.content;
  });

const say = (server: TestServer, sender: UserId, roomId: RoomId, body: string) =>
  sendEvent(server.engine, { roomId, sender, type: 'm.room.message', content: { msgtype: 'm.text', body } });

const shared = async (): Promise<RoomId> => {
  const roomId = await createRoom(south.engine, sol, { preset: 'public_chat', name: 'Marmalade' });
  await joinRoom(north.engine, { userId: ada, roomIdOrAlias: roomId, via: ['south.test'] });
  await say(north, ada, roomId, 'marmalade of ada');
  await say(south, sol, roomId, 'marmalade of sol');
  return roomId;
};

const start = async ({ engine }: TestServer, roomId: RoomId, reason = 'The project is over.') => {
  await engine.store.transact((tx) => startRoomRemoval(engine, tx, { roomId, reason }));
  engine.upkeep.wake();
};

const isRemoved = ({ engine }: TestServer, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const removal = await reader.get(roomRemovals, { room_id: roomId });
    return removal === undefined && (await roomById(reader, roomId)) === undefined;
  });

/** Doing as the timer does, which waits some seconds. */
const untilRemoved = (server: TestServer, roomId: RoomId) =>
  eventually('the room is gone', async () => {
    server.engine.upkeep.wake();
    await server.engine.upkeep.idle();
    return isRemoved(server, roomId);
  });

/** Everything that is kept and has to do with the room, but for the names that were interned for it. */
const remains = ({ engine }: TestServer, room: { readonly roomId: RoomId; readonly nid: number }) =>
  engine.store.read(async (reader) => {
    const found: string[] = [];
    for (const table of engineTables) {
      for (const row of await reader.scan(table, {})) {
        const isOfRoom = 'room_nid' in row && row.room_nid === room.nid;
        const names: readonly unknown[] = [users, servers, stateKeys];
        const text = names.includes(table) ? '' : JSON.stringify(row);
        if (isOfRoom || text.includes(room.roomId) || /marmalade/i.test(text))
          found.push(`${table.name} ${text}`);
      }
    }
    return found;
  });

const nidOf = async ({ engine }: TestServer, roomId: RoomId) =>
  engine.store.read(async (reader) => (await roomById(reader, roomId))?.room_nid ?? 0);

describe('removing a room', () => {
  it('lets everybody leave with the reason and keeps nothing but that', async () => {
    const roomId = await shared();
    const nid = await nidOf(north, roomId);
    await north.engine.search.catchUp();
    await start(north, roomId);
    await untilRemoved(north, roomId);
    await eventually('south knows', async () => {
      const content = await memberContent(south.engine, roomId, ada);
      return content?.['membership'] === 'leave' && content['reason'] === 'The project is over.';
    });
    const left = await remains(north, { roomId, nid });
    expect(left.map((one) => one.split(' ')[0])).toEqual(['remote_memberships']);
    expect(left[0]).toContain('The project is over.');
    await say(south, sol, roomId, 'alone');
    expect((await remains(north, { roomId, nid })).length).toBe(1);
  });

  it('lets them come back, with all that others have', async () => {
    const roomId = await shared();
    await start(north, roomId);
    await untilRemoved(north, roomId);
    await joinRoom(north.engine, { userId: ada, roomIdOrAlias: roomId, via: ['south.test'] });
    await say(north, ada, roomId, 'back again');
    await say(south, sol, roomId, 'welcome back');
    await eventually('both talk', async () => {
      const state = await north.engine.store.read((reader) => inspectRoom(north.engine, reader, roomId));
      return (state?.timeline.events ?? 0) >= 3;
    });
    expect((await memberContent(south.engine, roomId, ada))?.['membership']).toBe('join');
  });

  it('keeps them out of a room that an admin blocked, on every way in', async () => {
    const roomId = await shared();
    const { engine } = north;
    const block = (reason: string | undefined) =>
      engine.store.transact((tx) =>
        setRoomBlocked(tx, { roomId, block: reason === undefined ? undefined : { reason, ts: Date.now() } }),
      );
    await block('It was a trap.');
    await start(north, roomId);
    await untilRemoved(north, roomId);
    const refusal = { errcode: 'M_FORBIDDEN', message: expect.stringContaining('It was a trap.') };
    await expect(
      joinRoom(engine, { userId: ada, roomIdOrAlias: roomId, via: ['south.test'] }),
    ).rejects.toMatchObject(refusal);
    await expect(inviteUser(south.engine, { roomId, sender: sol, target: ada })).rejects.toMatchObject({
      message: expect.stringContaining('It was a trap.'),
    });
    expect(await engine.store.read((reader) => standingOf(reader, roomId))).toMatchObject({
      blocked: { reason: 'It was a trap.' },
    });
    expect(await block(undefined)).toBe(true);
    await joinRoom(engine, { userId: ada, roomIdOrAlias: roomId, via: ['south.test'] });
  });

  it('keeps further people out of a room that is blocked while some are in it', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
    const ben = north.user('ben');
    const block = { reason: 'Full.', ts: Date.now() };
    await north.engine.store.transact((tx) => setRoomBlocked(tx, { roomId, block }));
    const refusal = { errcode: 'M_FORBIDDEN', message: expect.stringContaining('Full.') };
    await expect(joinRoom(north.engine, { userId: ben, roomIdOrAlias: roomId })).rejects.toMatchObject(
      refusal,
    );
    await expect(inviteUser(north.engine, { roomId, sender: ada, target: ben })).rejects.toMatchObject(
      refusal,
    );
    await expect(knockRoom(north.engine, { userId: ben, roomIdOrAlias: roomId })).rejects.toMatchObject(
      refusal,
    );
    await say(north, ada, roomId, 'still mine');
  });

  it('waits for a server that is away, and lets nobody in meanwhile', async () => {
    const roomId = await shared();
    network.cut('south.test', true);
    await start(north, roomId);
    await north.engine.upkeep.idle();
    expect(await north.engine.store.read((reader) => standingOf(reader, roomId))).toMatchObject({
      removal: { step: 'delivering', waiting: expect.any(Number) },
    });
    await expect(
      joinRoom(north.engine, { userId: ada, roomIdOrAlias: roomId, via: ['south.test'] }),
    ).rejects.toMatchObject({ message: expect.stringContaining('is being removed') });
    network.cut('south.test', false);
    await say(south, sol, roomId, 'here again');
    await untilRemoved(north, roomId);
    expect((await memberContent(south.engine, roomId, ada))?.['membership']).toBe('leave');
  });

  it('does not concern other rooms of the same people', async () => {
    const [roomId, other] = [await shared(), await shared()];
    await start(north, roomId);
    await untilRemoved(north, roomId);
    await say(north, ada, other, 'still here');
    await leaveRoom(north.engine, { roomId: other, sender: ada });
    expect((await memberContent(north.engine, other, ada))?.['membership']).toBe('leave');
  });

  it('goes on after a crash, wherever it was', async () => {
    const store = failingStore(await openSqliteStore({ path: ':memory:', tables: engineTables }));
    let server = await network.add('east.test', { store });
    const { engine } = server;
    const eve = server.user('eve');
    const people = Array.from({ length: 30 }, (_, n) => server.user(`person${n}`));
    const roomId = await createRoom(engine, eve, { preset: 'public_chat', name: 'Marmalade' });
    await joinAll(
      engine,
      roomId,
      people.map((userId) => ({ userId, displayname: 'x' })),
    );
    await sayAll(
      engine,
      roomId,
      people,
      Array.from({ length: 150 }, (_, n) => `marmalade ${n}`),
    );
    await engine.search.catchUp();
    const nid = await nidOf(server, roomId);
    await engine.store.transact((tx) => startRoomRemoval(engine, tx, { roomId, reason: 'Over.' }));
    let crashes = -1;
    do {
      crashes += 1;
      // Some commits are those of the start, so that each life gets a little further.
      store.left = 22;
      server = await server.restart();
      await server.engine.upkeep.idle();
    } while (store.left <= 0);
    store.left = Number.POSITIVE_INFINITY;
    expect(crashes).toBeGreaterThan(2);
    await untilRemoved(server, roomId);
    const left = await remains(server, { roomId, nid });
    expect(new Set(left.map((one) => one.split(' ')[0]))).toEqual(new Set(['remote_memberships']));
    expect(left).toHaveLength(31);
  });
});
