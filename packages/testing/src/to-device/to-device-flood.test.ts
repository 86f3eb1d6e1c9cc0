/** A server that brings more messages for devices than it may, and devices for which too many wait. */
import { createRoom, joinRoom, systemClock } from '@causeway/homeserver';
import { type JsonObject, lenientCanonicalJson, parseRoomId, parseUserId } from '@causeway/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Person } from '../client-server.ts';
import { eventually } from '../network.ts';
import { bodies } from '../north-and-south.ts';
import { signedRequest } from '../signed-transaction.ts';
import { messagesIn, openPostOffice, personOn, type PostOffice, sendTo } from './post-office.ts';

/** What one server may bring at once: each EDU costs 1, and 1 for each of its messages, and more for large ones. */
const BURST = 5_000;
/** 30 to 42 ms on a machine with nothing else to do; the limit is for one that has much else. */
const LONGEST_SEND_MS = 500;
const COST = 2;
const PER_TRANSACTION = 100;
const MOST_OF_ONE_SERVER = 5_000;

let office: PostOffice;
let now: number;
let ada: Person;
/** Of south. */
let sam: Person;
let sue: Person;

beforeEach(async () => {
  now = Date.now();
  // Nothing comes back to an allowance but when the test says so.
  office = await openPostOffice({ clock: { ...systemClock, now: () => now } });
  ada = await personOn(office.server('north.test'), 'ada');
  sam = await personOn(office.server('south.test'), 'sam');
  sue = await personOn(office.server('south.test'), 'sue');
});
afterEach(() => office[Symbol.asyncDispose]());

let made = 0;
const edus = (count = PER_TRANSACTION): readonly JsonObject[] =>
  Array.from({ length: count }, () => ({
    edu_type: 'm.direct_to_device',
    content: {
      ...{ sender: ada.userId, type: 'm.flood', message_id: `flood${++made}` },
      messages: { [sam.userId]: { [sam.deviceId]: { n: made } } },
    },
  }));

const transaction = (
  name: string,
  content: { readonly edus: readonly JsonObject[]; readonly pdus?: readonly JsonObject[] },
) => {
  const body = lenientCanonicalJson({ origin: 'north.test', origin_server_ts: now, pdus: [], ...content });
  const url = `/_matrix/federation/v1/send/${name}`;
  return async () => {
    const [north, south] = [office.server('north.test'), office.server('south.test')];
    const answer = await signedRequest(north, south, { method: 'PUT', url, body });
    return { status: answer.status, body: JSON.parse(Buffer.from(answer.bytes).toString()) as JsonObject };
  };
};

/** Everything that waits for a device, as it fetches it. */
const fetchAll = async (person: Person): Promise<readonly unknown[]> => {
  const got: unknown[] = [];
  for (let since = ''; ; ) {
    const answer = await person.ok('GET', `/sync?since=${since}`);
    const messages = messagesIn(answer);
    got.push(...messages.map(({ content }) => content['n']));
    if (messages.length === 0) return got;
    since = String(answer['next_batch']);
  }
};

const flood = async (transactions: number): Promise<void> => {
  for (let sent = 0; sent < transactions; sent++) {
    const answer = await transaction(`flood${made}`, { edus: edus() })();
    expect(answer.status).toBe(200);
  }
};

it('a transaction beyond the allowance of its server is put off whole, and taken in whole when it comes again', async () => {
  const [north, south] = [office.server('north.test').engine, office.server('south.test').engine];
  const [adaId, samId] = [parseUserId(ada.userId), parseUserId(sam.userId)];
  if (adaId === undefined || samId === undefined) throw new Error('somebody is nobody');
  const roomId = parseRoomId(await createRoom(north, adaId, { preset: 'public_chat' }));
  if (roomId === undefined) throw new Error('there is no room');
  await joinRoom(south, { userId: samId, roomIdOrAlias: roomId, via: ['north.test'] });

  const allowed = BURST / (PER_TRANSACTION * COST);
  let isOver = false;
  const flooding = flood(allowed).then(() => {
    isOver = true;
  });
  // People of south among each other do not wait for it to be over.
  const toSue = { userId: sue.userId, deviceId: sue.deviceId };
  await sendTo(sam, toSue, { n: 'from sam' });
  expect(messagesIn(await sue.ok('GET', '/sync')).map(({ content }) => content['n'])).toEqual(['from sam']);
  expect(isOver).toBe(false);
  await flooding;

  // The event beside them is north's own, kept back until now.
  office.cut(true);
  const said = await ada.ok('PUT', `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/1`, {
    msgtype: 'm.text',
    body: 'beside the flood',
  });
  const pdu = await north.store.read(
    async (reader) => (await north.events.byId(reader, String(said['event_id'])))?.pdu,
  );
  if (pdu === undefined) throw new Error('there is no event');
  const more = transaction('more', { edus: edus(3), pdus: [pdu] });
  const refused = await more();
  expect(refused).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } });
  const wait = Number(refused.body['retry_after_ms']);
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(60_000);
  expect(await bodies(south, roomId)).toEqual([]);
  // It is refused for as long as nothing comes back to the allowance.
  expect((await more()).status).toBe(429);
  now += wait;
  expect((await more()).status).toBe(200);
  await eventually('the event', async () => (await bodies(south, roomId)).includes('beside the flood'));
  // Repeated, it is answered as before, and costs nothing.
  expect((await more()).status).toBe(200);

  const got = await fetchAll(sam);
  expect(got).toHaveLength(allowed * PER_TRANSACTION + 3);
  expect(new Set(got).size).toBe(got.length);
}, 60_000);

it('for a device that fetches nothing the newest of a server stay, and drive out nobody else’s', async () => {
  await sendTo(sue, { userId: sam.userId, deviceId: '*' }, { n: 'from sue' });
  const first = made + 1;
  for (let sent = 0; sent < MOST_OF_ONE_SERVER; sent += BURST / COST) {
    now += 60_000;
    await flood(BURST / COST / PER_TRANSACTION);
  }
  now += 60_000;
  await flood(1);
  const got = await fetchAll(sam);
  expect(got).toHaveLength(1 + MOST_OF_ONE_SERVER);
  expect(got[0]).toBe('from sue');
  expect(got[1]).toBe(first + PER_TRANSACTION);
  expect(got.at(-1)).toBe(made);
}, 60_000);

it('people among each other write on while a server brings all that it may', async () => {
  const { room_id } = await sue.ok('POST', '/createRoom', {});
  const path = `/rooms/${encodeURIComponent(String(room_id))}/send/m.room.message`;
  const times: number[] = [];
  const flooding = { isOver: false };
  const over = flood(BURST / (PER_TRANSACTION * COST)).then(() => {
    flooding.isOver = true;
  });
  while (!flooding.isOver) {
    const began = performance.now();
    await sue.ok('PUT', `${path}/t${times.length}`, { msgtype: 'm.text', body: 'meanwhile' });
    times.push(performance.now() - began);
  }
  await over;
  expect(times.length).toBeGreaterThan(5);
  expect(Math.max(...times)).toBeLessThan(LONGEST_SEND_MS);
}, 60_000);
