/** A server of a room that forks it, hides things, invents ancestors and speaks in others' names. */
import { forwardExtremities, getMessages, receipts, roomById, systemClock } from '@causeway/homeserver';
import type { EventId, JsonObject, RoomId, UserId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MadeEvent, madeMessage } from './made-event.ts';
import { eventually, TestNetwork, type TestServer } from './network.ts';
import { bodies, say, sharedRoom } from './north-and-south.ts';
import { signedTransaction } from './signed-transaction.ts';

/** What is to happen later than this does not happen: nothing is tried a second time. */
const SOON_MS = 1_000;
const MAX_PARENTS = 10;

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;
let roomId: RoomId;
/** How often something was put off to later. */
let putOff: number;
/** What is to happen in a minute. */
let inAMinute: (() => void)[];

beforeEach(async () => {
  network = new TestNetwork();
  putOff = 0;
  inAMinute = [];
  const schedule: typeof systemClock.schedule = (ms, run) => {
    if (ms < SOON_MS) return systemClock.schedule(ms, run);
    putOff += 1;
    if (ms === 60_000) inAMinute.push(run);
    return { [Symbol.dispose]: () => {} };
  };
  north = await network.add('north.test', { clock: { ...systemClock, schedule } });
  south = await network.add('south.test');
  ada = north.user('ada');
  sol = south.user('sol');
  roomId = await sharedRoom({ network, north, south, ada, sol });
});

afterEach(() => network[Symbol.asyncDispose]());

const ends = ({ engine }: TestServer) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const rows = await reader.scan(forwardExtremities, { where: { room_nid: room?.room_nid ?? -1 } });
    const events = await engine.events.many(
      reader,
      rows.map((row) => row.event_nid),
    );
    return events.map(({ eventId }) => eventId).toSorted();
  });

const stored = (eventId: string) =>
  north.engine.store.read((reader) => north.engine.events.byId(reader, eventId));

const made = (body: string, follows: readonly EventId[]): Promise<MadeEvent> =>
  madeMessage(south, { roomId, sender: sol, body, follows });

const send = async (made: readonly MadeEvent[], edus: readonly JsonObject[] = []) => {
  const answer = await signedTransaction(south, north, { pdus: made.map(({ pdu }) => pdu), edus });
  expect(answer.status).toBe(200);
};

describe('a room that is forked again and again', () => {
  it('comes back to one end by what is said in it, ten at a time', async () => {
    const follows = await ends(north);
    const forks = await Promise.all(
      Array.from({ length: 100 }, (_, index) => made(`fork ${index}`, follows)),
    );
    await send(forks.slice(0, 50));
    await send(forks.slice(50));
    await eventually('all forks', async () => (await ends(north)).length === forks.length);
    let before = forks.length;
    for (let said = 0; before > 1; said++) {
      expect(said).toBeLessThan(15);
      const event = await stored(await say(north, ada, roomId, `on ${said}`));
      expect(event?.pdu.prev_events).toHaveLength(Math.min(before, MAX_PARENTS));
      const now = (await ends(north)).length;
      expect(now).toBe(before - Math.min(before, MAX_PARENTS) + 1);
      before = now;
    }
  });
});

describe('a room in which nobody here says anything', () => {
  it('comes back to ten ends by one event a minute, which no client is shown', async () => {
    const follows = await ends(north);
    const forks = await Promise.all(Array.from({ length: 40 }, (_, index) => made(`fork ${index}`, follows)));
    inAMinute = [];
    await send(forks);
    await eventually('all forks', async () => (await ends(north)).length === forks.length);
    for (let left = forks.length; left > MAX_PARENTS; left -= MAX_PARENTS - 1) {
      await eventually('it is planned', async () => inAMinute.length === 1);
      expect(await ends(north)).toHaveLength(left);
      inAMinute.shift()?.();
      await eventually('fewer ends', async () => (await ends(north)).length === left - MAX_PARENTS + 1);
    }
    // With ten, the next thing that is said follows all of them.
    await say(north, ada, roomId, 'after all');
    expect(await ends(north)).toHaveLength(1);
    expect(inAMinute).toEqual([]);
    const { chunk } = await getMessages(north.engine, {
      ...{ userId: ada, deviceId: 'D', roomId, direction: 'b', limit: 100 },
      ...{ from: undefined, to: undefined, filter: undefined },
    });
    const types = chunk.map(({ type }) => type);
    expect(types.filter((type) => type === 'm.room.message')).toHaveLength(forks.length + 1);
    expect(types).not.toContain('org.matrix.dummy_event');
  });
});

describe('ancestors that nobody has', () => {
  it('are asked for a bounded number of times, however many more are named in the answers', async () => {
    let invented = 0;
    network.standIn = async ({ destination, path }) => {
      if (destination !== 'south.test') return undefined;
      if (path.includes('/get_missing_events/')) {
        const wanted = deeper[invented++];
        return { status: 200, body: { events: wanted === undefined ? [] : [wanted.pdu] } };
      }
      const isAsked = path.includes('/state_ids/') || path.includes('/state/') || path.includes('/event/');
      return isAsked ? { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'No.' } } : undefined;
    };
    // Each follows one more that is told when it is asked for, a hundred deep.
    const deeper: MadeEvent[] = [];
    const nowhere = (await made('known to nobody', await ends(north))).eventId;
    let last = await made('the first of all', [nowhere]);
    for (let depth = 0; depth < 100; depth++) {
      deeper.unshift(last);
      last = await made(`deeper ${depth}`, [last.eventId]);
    }
    const before = await ends(north);
    network.requests.length = 0;
    putOff = 0;
    await send([last]);
    await eventually('it is put off', async () => putOff > 0);
    const asked = network.requests.filter(({ from }) => from === 'north.test');
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.length).toBeLessThan(20);
    expect(await ends(north)).toEqual(before);

    // Sent again, and beside other news, it is not fetched again at once; the others arrive.
    network.requests.length = 0;
    const news = await made('news', before);
    await send([last, news]);
    await eventually('the news', async () => (await bodies(north.engine, roomId)).includes('news'));
    expect(
      network.requests.filter(({ from, path }) => from === 'north.test' && !path.includes('/send/')),
    ).toEqual([]);
  });

  it('move no end of the graph when the server hides what an event directly follows', async () => {
    const before = await ends(north);
    const hidden = await made('hidden', before);
    const child = await made('child', [hidden.eventId]);
    network.standIn = async ({ destination, path }) =>
      destination === 'south.test' && !path.includes('/send/')
        ? { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'No.' } }
        : undefined;
    putOff = 0;
    await send([child]);
    await eventually('it is put off', async () => putOff > 0);
    expect(await ends(north)).toEqual(before);
    expect(await bodies(north.engine, roomId)).toEqual([]);
    // Told after all, both count.
    await send([hidden, child]);
    await eventually('both', async () => (await bodies(north.engine, roomId)).length === 2);
    expect(await bodies(north.engine, roomId)).toEqual(['hidden', 'child']);
    expect(await ends(north)).toEqual([child.eventId]);
  });
});

describe('ephemeral data in the name of somebody of another server', () => {
  const typing = (user: string): JsonObject => ({
    edu_type: 'm.typing',
    content: { room_id: roomId, user_id: user, typing: true },
  });
  const receipt = (user: string): JsonObject => ({
    edu_type: 'm.receipt',
    content: { [roomId]: { 'm.read': { [user]: { event_ids: ['$read'], data: { ts: 1 } } } } },
  });
  const presence = (user: string): JsonObject => ({
    edu_type: 'm.presence',
    content: { push: [{ user_id: user, presence: 'online', last_active_ago: 1 }] },
  });

  const typers = async () => {
    const room = await north.engine.store.read((reader) => roomById(reader, roomId));
    return north.engine.typing.typing(room?.room_nid ?? -1);
  };
  const readers = () =>
    north.engine.store.read(async (reader) => {
      const rows = await reader.scan(receipts, {});
      return Promise.all(rows.map(({ user_nid }) => north.engine.names.userId(reader, user_nid)));
    });
  const present = async () =>
    [ada, sol].filter((user) => north.engine.presence.get(user)?.state === 'online');

  it.each<[string, (user: string) => JsonObject, () => Promise<readonly string[]>]>([
    ['typing', typing, typers],
    ['a receipt', receipt, readers],
    ['presence', presence, present],
  ])('is passed over: %s', async (_, edu, believed) => {
    const already = await believed();
    // An origin in the EDU itself means nothing.
    const claimed = (user: string): JsonObject => ({
      ...edu(user),
      origin: 'north.test',
      sender: 'north.test',
    });
    await send([], [edu(ada), claimed(ada), edu('@wes:west.test'), edu('nobody')]);
    expect(await believed()).toEqual(already);
    await send([], [edu(sol)]);
    expect(await believed()).toContain(sol);
  });

  it('is passed over: typing and receipts in a room that the server or the person is not in', async () => {
    const west = await network.add('west.test');
    const wes = west.user('wes');
    const answer = await signedTransaction(west, north, { edus: [typing(wes), receipt(wes)] });
    expect(answer.status).toBe(200);
    await send([], [typing('@stranger:south.test'), receipt('@stranger:south.test')]);
    expect(await typers()).toEqual([]);
    expect(await readers()).not.toContain(wes);
    expect(await readers()).not.toContain('@stranger:south.test');
  });
});
