/** What a server is told that joins a room and asks for most members to be left out. */
import { createRoom, inviteUser, joinRoom, leaveRoom, roomById, stateEvents } from '@causeway/homeserver';
import {
  authEventIds,
  type EventId,
  eventIdOf,
  getRoomVersion,
  lenientCanonicalJson,
  type Pdu,
  type RoomId,
  type RoomVersionRules,
  signRequest,
  type UserId,
} from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinAll } from './fill-room.ts';
import { TestNetwork, type TestServer } from './network.ts';

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

type Answer = {
  readonly members_omitted: boolean;
  readonly servers_in_room: readonly string[];
  readonly state: readonly Pdu[];
  readonly auth_chain: readonly Pdu[];
};

const rulesOf = (version: string): RoomVersionRules => {
  const rules = getRoomVersion(version);
  if (rules === undefined) throw new Error(`no room version ${version}`);
  return rules;
};

const roomWith = async (members: number, options: { name?: string; room_version?: string } = {}) => {
  const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', ...options });
  const people = Array.from({ length: members }, (_, index) => ({
    userId: north.user(`member${index}`),
    displayname: `member ${index}`,
  }));
  await joinAll(north.engine, roomId, people);
  return roomId;
};

/** South's user joins, and south repeats its request as one that says what it can do with. */
const joinAndAsk = async (roomId: RoomId, query: string, userId = sol): Promise<Answer> => {
  const from = network.requests.length;
  await joinRoom(south.engine, { userId, roomIdOrAlias: roomId, via: ['north.test'] });
  const sent = network.requests.slice(from).find(({ path }) => path.includes('/v2/send_join/'));
  const body: Pdu = JSON.parse(sent?.body ?? '');
  const url = `${sent?.path.split('?')[0]}${query}`;
  const content = lenientCanonicalJson(body);
  const authorization = signRequest(
    {
      method: 'PUT',
      uri: url,
      origin: south.engine.serverName,
      destination: north.engine.serverName,
      canonicalContent: content,
    },
    south.engine.signingKey,
  );
  const answer = await north.app.inject({ method: 'PUT', url, headers: { authorization }, body: content });
  expect(answer.status).toBe(200);
  return JSON.parse(Buffer.from(answer.bytes).toString());
};

const members = (events: readonly Pdu[]) =>
  events.filter(({ type }) => type === 'm.room.member').map(({ state_key }) => state_key);

/** Without members, by type. */
const others = (events: readonly Pdu[]) =>
  events
    .map(({ type }) => type)
    .filter((type) => type !== 'm.room.member')
    .sort();

const stateAt = (roomId: RoomId): Promise<readonly Pdu[]> =>
  north.engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error('north lost the room');
    return (await stateEvents(north.engine, reader, room)).map(({ pdu }) => pdu);
  });

/** What events refer to that neither list has. */
const danglingIn = (rules: RoomVersionRules, { state, auth_chain }: Answer): readonly EventId[] => {
  const all = [...state, ...auth_chain];
  const ids = new Set(all.map((pdu) => eventIdOf(rules, pdu)));
  return all.flatMap(authEventIds).filter((id) => !ids.has(id));
};

describe('a server that joins a large room and can do with fewer members', () => {
  it.each(['6', '11', '12'])('is not told most of them in version %s', async (version) => {
    const roomId = await roomWith(60, { name: 'Large', room_version: version });
    const answer = await joinAndAsk(roomId, '?omit_members=true');
    expect(answer.members_omitted).toBe(true);
    expect(answer.servers_in_room).toEqual(['north.test']);
    expect(members(answer.state)).toEqual([]);
    expect(others(answer.state)).toEqual(others(await stateAt(roomId)));
    // Who made the room signed the rest of its state.
    expect(members(answer.auth_chain)).toEqual([ada]);
  });

  it('is told all that the events refer to, each of them once', async () => {
    const roomId = await roomWith(60, { name: 'Large', room_version: '11' });
    const answer = await joinAndAsk(roomId, '?omit_members=true');
    const rules = rulesOf('11');
    expect(danglingIn(rules, answer)).toEqual([]);
    const ids = [...answer.state, ...answer.auth_chain].map((pdu) => eventIdOf(rules, pdu));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is told those after whom a room without a name is called', async () => {
    const roomId = await roomWith(60);
    const { state, members_omitted } = await joinAndAsk(roomId, '?omit_members=true');
    expect(members_omitted).toBe(true);
    expect(members(state)).toHaveLength(5);
    expect(members(state)).toContain(ada);
  });

  it('is told of the invitation of who joins', async () => {
    const roomId = await roomWith(60, { name: 'Large' });
    await inviteUser(north.engine, { roomId, sender: ada, target: sol });
    const { state } = await joinAndAsk(roomId, '?omit_members=true');
    expect(members(state)).toEqual([sol]);
  });

  it('is told which servers were in the room before', async () => {
    const roomId = await roomWith(60, { name: 'Large' });
    const mara = south.user('mara');
    const west = await network.add('west.test');
    const wes = west.user('wes');
    await joinRoom(west.engine, { userId: wes, roomIdOrAlias: roomId, via: ['north.test'] });
    const first = await joinAndAsk(roomId, '?omit_members=true');
    expect(first.servers_in_room.toSorted()).toEqual(['north.test', 'west.test']);
    await leaveRoom(south.engine, { roomId, sender: sol });
    const again = await joinAndAsk(roomId, '?omit_members=true', mara);
    expect(again.servers_in_room.toSorted()).toEqual(['north.test', 'west.test']);
  });

  it.each([
    ['does not ask', '', 60],
    ['says that it can not', '?omit_members=false', 60],
    ['joins a room with few', '?omit_members=true', 20],
  ])('is told all of them when it %s', async (_when, query, count) => {
    const roomId = await roomWith(count, { name: 'Room' });
    const answer = await joinAndAsk(roomId, query);
    expect(answer.members_omitted).toBe(false);
    expect(members(answer.state)).toHaveLength(count + 1);
    expect(answer.servers_in_room).toEqual(['north.test']);
  });
});
