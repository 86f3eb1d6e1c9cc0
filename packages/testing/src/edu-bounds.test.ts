/** One EDU that says more than one EDU may. */
import { createRoom, joinRoom, receipts } from '@causeway/homeserver';
import { type JsonObject, parseUserId, type RoomId, type UserId } from '@causeway/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinAll } from './fill-room.ts';
import { TestNetwork, type TestServer } from './network.ts';
import { signedTransaction } from './signed-transaction.ts';

/** What is taken of one. */
const MAX_PRESENCES = 50;
const MAX_READERS = 1000;
const MAX_ROOMS_OF_RECEIPTS = 100;
const PEOPLE = 1010;

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let roomId: RoomId;
const people: UserId[] = [];

beforeAll(async () => {
  network = new TestNetwork();
  north = await network.add('north.test');
  south = await network.add('south.test');
  roomId = await createRoom(south.engine, south.user('sol'), { preset: 'public_chat' });
  for (let number = 0; number < PEOPLE; number++) {
    const userId = parseUserId(`@p${number}:south.test`);
    if (userId !== undefined) people.push(userId);
  }
  await joinAll(
    south.engine,
    roomId,
    people.map((userId) => ({ userId, displayname: userId })),
  );
  await joinRoom(north.engine, { userId: north.user('ada'), roomIdOrAlias: roomId, via: ['south.test'] });
});
afterAll(() => network[Symbol.asyncDispose]());

const send = async (edu_type: string, content: JsonObject): Promise<void> => {
  const { status } = await signedTransaction(south, north, { edus: [{ edu_type, content }] });
  expect(status).toBe(200);
};

const readers = async (): Promise<number> =>
  (await north.engine.store.read((reader) => reader.scan(receipts, {}))).length;

const reading = (userIds: readonly UserId[]): JsonObject => ({
  'm.read': Object.fromEntries(userIds.map((userId) => [userId, { event_ids: ['$x'], data: { ts: 1 } }])),
});

describe('an EDU of another server', () => {
  it('brings the presence of 50 people at most', async () => {
    const push = people.map((user_id) => ({ user_id, presence: 'online', last_active_ago: 1 }));
    await send('m.presence', { push });
    const online = people.filter((userId) => north.engine.presence.get(userId).state === 'online');
    expect(online).toEqual(people.slice(0, MAX_PRESENCES));
  });

  it('brings receipts in 100 rooms at most, and there of 1,000 people', async () => {
    // Sorted before the room, as canonical JSON is.
    const others = Array.from({ length: MAX_ROOMS_OF_RECEIPTS }, (_, index) => [`!!${index}:south.test`, {}]);
    await send('m.receipt', { ...Object.fromEntries(others), [roomId]: reading(people.slice(0, 1)) });
    expect(await readers()).toBe(0);
    await send('m.receipt', { [roomId]: reading(people) });
    expect(await readers()).toBe(MAX_READERS);
  });
});
