/** Membership with servers that know only the first version of its endpoints. */
import {
  banUser,
  createRoom,
  type Engine,
  inviteUser,
  joinRoom,
  leaveRoom,
  roomById,
  stateEvent,
  stateEvents,
} from '@causeway/homeserver';
import type { RoomId, UserId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
  network.isUnknown = ({ path }) => path.startsWith('/_matrix/federation/v2/');
});

afterEach(() => network[Symbol.asyncDispose]());

const state = (engine: Engine, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const events = room === undefined ? [] : await stateEvents(engine, reader, room);
    return events.map(({ eventId }) => eventId).sort();
  });

const membership = (engine: Engine, roomId: RoomId, user: UserId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const event = room && (await stateEvent(engine, reader, room, 'm.room.member', user));
    return event?.pdu.content['membership'];
  });

/** What was asked of an endpoint, by version, and how it was answered. */
const asked = (endpoint: string) =>
  network.requests.flatMap(({ path, status }) => {
    const version = new RegExp(`^/_matrix/federation/(v[12])/${endpoint}/`).exec(path)?.[1];
    return version === undefined ? [] : [`${version} ${status}`];
  });

describe.each(['1', '2', '6', '12'])('a room of version %s on a server of the first endpoints', (version) => {
  it('is joined', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', room_version: version });
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    expect(asked('send_join')).toEqual(['v2 404', 'v1 200']);
    expect(await state(south.engine, roomId)).toEqual(await state(north.engine, roomId));
    expect(await membership(north.engine, roomId, sol)).toBe('join');
  });
});

describe('an invitation by a server to one of the first endpoints', () => {
  it.each(['1', '2'])('arrives and can be declined in a room of version %s', async (version) => {
    const roomId = await createRoom(north.engine, ada, { name: 'Old', room_version: version });
    await inviteUser(north.engine, { roomId, sender: ada, target: sol });
    expect(asked('invite')).toEqual(['v2 404', 'v1 200']);
    const sent = network.requests.findLast(({ path }) => path.includes('/v1/invite/'))?.body ?? '';
    expect(JSON.parse(sent)).toMatchObject({
      state_key: sol,
      unsigned: {
        invite_room_state: expect.arrayContaining([expect.objectContaining({ type: 'm.room.name' })]),
      },
    });
    await leaveRoom(south.engine, { roomId, sender: sol });
    await eventually('the leave', async () => (await membership(north.engine, roomId, sol)) === 'leave');
    expect(asked('send_leave')).toEqual(['v2 404', 'v1 200']);
  });

  it('is refused in a room of version 3, whose events the first endpoint cannot carry', async () => {
    const roomId = await createRoom(north.engine, ada, { name: 'New', room_version: '3' });
    await expect(inviteUser(north.engine, { roomId, sender: ada, target: sol })).rejects.toMatchObject({
      errcode: 'M_UNRECOGNIZED',
    });
    expect(asked('invite')).toEqual(['v2 404']);
    expect(await membership(north.engine, roomId, sol)).toBeUndefined();
  });
});

describe('an answer of the first send_join', () => {
  it('that breaks off is not taken for a whole one', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', room_version: '1' });
    for (const change of [(text: string) => text.slice(0, -1), (text: string) => text.slice(0, -20)]) {
      network.tamper = ({ path }, answer) => (path.includes('/v1/send_join/') ? change(answer) : answer);
      const joining = joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
      await expect(joining).rejects.toThrow(/north.test can't be used/);
    }
    network.tamper = ({ path }, answer) =>
      path.includes('/v1/send_join/')
        ? answer.replace('[200,', ' [ 200 ,\n ').replace(/\]$/, '\n ] \n')
        : answer;
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    expect(await membership(south.engine, roomId, sol)).toBe('join');
  });

  it('is not asked for when the second one refuses', async () => {
    network.isUnknown = () => false;
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', room_version: '1' });
    // Between the draft and the join: banned.
    network.beforeAnswer = async ({ path }) => {
      if (path.includes('/make_join/')) await banUser(north.engine, { roomId, sender: ada, target: sol });
    };
    const joining = joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
    await expect(joining).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
    expect(asked('send_join')).toEqual(['v2 403']);
  });
});
