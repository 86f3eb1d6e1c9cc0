/** What was said while a server joined reaches it through a gap that leads back before its join. */
import {
  createRoom,
  forwardExtremities,
  joinRoom,
  kickUser,
  receiveTransaction,
  roomById,
  rulesOf,
  sendEvent,
  timeline,
} from '@causeway/homeserver';
import { hashAndSignEvent, type RoomId, type UserId } from '@causeway/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, TestNetwork, type TestServer } from './network.ts';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let east: TestServer;
let west: TestServer;
let roomId: RoomId;

const say = ({ engine }: TestServer, sender: UserId, body: string) =>
  sendEvent(engine, { roomId, sender, type: 'm.room.message', content: { msgtype: 'm.text', body } });

/** Messages in the order of the timeline. */
const bodies = ({ engine }: TestServer) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const rows = await reader.scan(timeline, { where: { room_nid: room?.room_nid ?? -1 } });
    const events = await engine.events.many(
      reader,
      rows.map((row) => row.event_nid),
    );
    return events.flatMap(({ pdu }) =>
      typeof pdu.content['body'] === 'string' ? [pdu.content['body']] : [],
    );
  });

const extremities = ({ engine }: TestServer) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return reader.count(forwardExtremities, { where: { room_nid: room?.room_nid ?? -1 } });
  });

const has = (server: TestServer, body: string) =>
  eventually(`${server.name} has: ${body}`, async () => (await bodies(server)).includes(body));

const join = (server: TestServer, userId: UserId, via: TestServer) =>
  joinRoom(server.engine, { userId, roomIdOrAlias: roomId, via: [via.name] });

/** Has the keys of the others while they can be reached. */
const learnKeys = ({ engine }: TestServer, of: readonly TestServer[]) =>
  engine.keys.prepare(
    of.map((other) => ({
      server: other.engine.serverName,
      keyId: other.engine.signingKey.keyId,
      use: { kind: 'event', at: undefined },
    })),
  );

beforeEach(async () => {
  network = new TestNetwork();
  north = await network.add('north.test');
  south = await network.add('south.test');
  east = await network.add('east.test');
  west = await network.add('west.test');
  const ada = north.user('ada');
  roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
  for (let index = 0; index < 3; index++) await say(north, ada, `before ${index}`);
});

afterEach(() => network[Symbol.asyncDispose]());

it('stands above what was there before the join, and leaves one end of the graph', async () => {
  const eve = east.user('eve');
  await join(east, eve, north);
  await learnKeys(south, [east]);
  network.cut('east.test', true);
  await join(south, south.user('sol'), north);
  await say(east, eve, 'meanwhile');
  network.cut('east.test', false);
  await say(east, eve, 'back');
  await has(north, 'back');
  await say(north, north.user('ada'), 'after');
  await has(south, 'after');
  expect(await bodies(south)).toEqual(['before 0', 'before 1', 'before 2', 'meanwhile', 'back', 'after']);
  expect(await extremities(south)).toBe(1);
});

it('is had from a server that itself knows only the state of what came before its own join', async () => {
  const [sol, eve] = [south.user('sol'), east.user('eve')];
  await join(south, sol, north);
  await join(east, eve, north);
  await eventually('south knows of eve', async () => (await extremities(south)) === 1);
  await say(south, sol, 'all are here');
  await has(east, 'all are here');
  await learnKeys(west, [north, east]);
  network.cut('north.test', true);
  network.cut('east.test', true);
  await join(west, west.user('wim'), south);
  await say(east, eve, 'meanwhile');
  network.cut('east.test', false);
  await say(east, eve, 'back');
  await has(south, 'back');
  await say(south, sol, 'after');
  await has(west, 'after');
  expect(await bodies(west)).toEqual(['all are here', 'meanwhile', 'back', 'after']);
});

it('makes no end of the graph of an old event that a refused one names as its parent', async () => {
  const [ada, sol] = [north.user('ada'), south.user('sol')];
  await join(south, sol, north);
  await kickUser(north.engine, { roomId, sender: ada, target: sol });
  await say(north, ada, 'quiet again');
  await join(east, east.user('eve'), north);
  const pdu = await goingOnFromTheJoin(sol);
  const { pdus } = await receiveTransaction(east.engine, {
    origin: south.engine.serverName,
    txnId: 'late',
    content: { pdus: [pdu] },
  });
  const [eventId = ''] = Object.keys(pdus);
  const stored = await eventually('the verdict', () =>
    east.engine.store.read((reader) => east.engine.events.byId(reader, eventId)),
  );
  expect(stored.verdict).toBe('soft-failed');
  expect(await extremities(east)).toBe(1);
});

/** A message of somebody who was sent away, as if that had not happened. */
const goingOnFromTheJoin = (sender: UserId) =>
  north.engine.store.read(async (reader) => {
    const { engine } = north;
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error('no room');
    const rules = rulesOf(room);
    const rows = await reader.scan(timeline, { where: { room_nid: room.room_nid } });
    const events = await engine.events.many(
      reader,
      rows.map((row) => row.event_nid),
    );
    const joined = events.find(({ pdu }) => pdu.sender === sender);
    const levels = events.find(({ pdu }) => pdu.type === 'm.room.power_levels');
    if (joined === undefined || levels === undefined) throw new Error('no join');
    const draft = {
      type: 'm.room.message',
      room_id: roomId,
      sender,
      content: { msgtype: 'm.text', body: 'still here' },
      depth: 1,
      origin_server_ts: 1,
      prev_events: [joined.eventId],
      auth_events: [levels.eventId, joined.eventId],
    };
    return hashAndSignEvent(rules, draft, south.engine.serverName, south.engine.signingKey).pdu;
  });
