/** Joining rooms whose state is large, arrives in any order, breaks off, or is not wanted any more. */
import {
  cancelRemoteJoin,
  createRoom,
  type Engine,
  joinRoom,
  leaveRoom,
  memberships,
  roomById,
  roomServers,
  stateEvents,
} from '@causeway/homeserver';
import type { RoomId, UserId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinAll, sayAll } from './fill-room.ts';
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
  // What others leave out at first is in partial-joins.test.ts; servers of before leave nobody out.
  network.isUnknown = ({ path }) => path.includes('/v2/send_join/');
});

afterEach(() => network[Symbol.asyncDispose]());

const people = (server: TestServer, prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    userId: server.user(`${prefix}${index}`),
    displayname: `${prefix} ${index}`,
  }));

const roomWith = async (members: number): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', name: 'Large' });
  await joinAll(north.engine, roomId, people(north, 'member', members));
  return roomId;
};

const join = (roomId: RoomId, via: readonly string[] = ['north.test']) =>
  joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via });

/** Joined members by the state, and by what is derived from it. */
const joinedIn = (engine: Engine, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error(`no room ${roomId}`);
    const state = await stateEvents(engine, reader, room);
    const joined = state.filter(({ pdu }) => pdu.content['membership'] === 'join');
    const where = { room_nid: room.room_nid };
    const rows = await reader.scan(memberships, { where });
    const servers = await reader.scan(roomServers, { where });
    return {
      state: joined.map(({ pdu }) => pdu.state_key).sort(),
      rows: rows.filter(({ membership }) => membership === 'join').length,
      byServer: servers.reduce((sum, { joined: count }) => sum + count, 0),
    };
  });

const expectSameMembers = async (roomId: RoomId, count: number) => {
  const there = await joinedIn(north.engine, roomId);
  const here = await joinedIn(south.engine, roomId);
  expect(here.state).toEqual(there.state);
  expect([here.state.length, here.rows, here.byServer]).toEqual([count, count, count]);
};

describe('joining a room with many members', { timeout: 60_000 }, () => {
  it('gives the members, whatever the order of the answer', async () => {
    const roomId = await roomWith(300);
    network.tamper = ({ path }, answer) => {
      if (!path.includes('/v1/send_join/')) return answer;
      const [status, body]: [number, { state: unknown[]; auth_chain: unknown[] }] = JSON.parse(answer);
      const { state, auth_chain, ...rest } = body;
      return JSON.stringify([status, { state: state.reverse(), auth_chain: auth_chain.reverse(), ...rest }]);
    };
    await join(roomId);
    await expectSameMembers(roomId, 302);
  });

  it('gives the members of today to somebody who was there before', async () => {
    const roomId = await roomWith(150);
    await join(roomId);
    await leaveRoom(south.engine, { roomId, sender: sol });
    await eventually('the leave', async () => (await joinedIn(north.engine, roomId)).rows === 151);
    for (const { userId } of people(north, 'member', 20)) {
      await leaveRoom(north.engine, { roomId, sender: userId });
    }
    await joinAll(north.engine, roomId, people(north, 'later', 150));
    await join(roomId);
    await expectSameMembers(roomId, 282);
  });

  it('is one join for somebody who asks twice', async () => {
    const roomId = await roomWith(50);
    await Promise.all([join(roomId), join(roomId)]);
    const asked = network.requests.filter(({ path }) => path.includes('/v1/send_join/'));
    expect(asked).toHaveLength(1);
  });

  it('lets two people of one server in at once', async () => {
    const roomId = await roomWith(50);
    const mara = south.user('mara');
    await Promise.all([
      join(roomId),
      joinRoom(south.engine, { userId: mara, roomIdOrAlias: roomId, via: ['north.test'] }),
    ]);
    await eventually('both', async () => (await joinedIn(south.engine, roomId)).state.length === 53);
    await sayAll(north.engine, roomId, [ada], ['to both']);
    await expectSameMembers(roomId, 53);
  });

  it('can be cancelled, and the room hears that they are gone', async () => {
    const roomId = await roomWith(600);
    const joining = join(roomId);
    joining.catch(() => {});
    const progress = await eventually('the checking', async () => {
      const found = south.engine.joins.find(roomId, sol);
      return found?.step === 'checking' && found.checkedMembers > 0 ? found : undefined;
    });
    expect(progress).toMatchObject({ server: 'north.test', refusals: [] });
    expect(cancelRemoteJoin(south.engine, roomId, sol)).toBe(true);
    await expect(joining).rejects.toThrow(/cancelled/);
    expect(south.engine.joins.ofUser(sol)).toEqual([]);
    await eventually('the leave', async () => (await joinedIn(north.engine, roomId)).rows === 601);
    expect(cancelRemoteJoin(south.engine, roomId, sol)).toBe(false);
  });

  it('goes on through the next server when an answer breaks off, and says why', async () => {
    const west = await network.add('west.test');
    const roomId = await roomWith(100);
    const wes = west.user('wes');
    await joinRoom(west.engine, { userId: wes, roomIdOrAlias: roomId, via: ['north.test'] });
    network.tamper = ({ path, to }, answer) =>
      to === 'north.test' && path.includes('/v1/send_join/') ? answer.slice(0, -200) : answer;
    await expect(join(roomId, ['north.test'])).rejects.toThrow(/north.test can't be used: unexpected end/);
    const refused: string[] = [];
    const joining = join(roomId, ['north.test', 'west.test']);
    await eventually('the refusal', async () => {
      const found = south.engine.joins.find(roomId, sol)?.refusals ?? [];
      refused.push(...found.map(({ reason }) => reason));
      return refused.length > 0;
    });
    await joining;
    expect(refused[0]).toMatch(/unexpected end of text/);
    await expectSameMembers(roomId, 103);
  });
});
