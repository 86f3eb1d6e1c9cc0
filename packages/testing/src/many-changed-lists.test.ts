/** A sync looks at those who share rooms with its viewer, however many others changed their devices. */
import {
  deviceListChanges,
  type Engine,
  getKeyChanges,
  joinRoom,
  leaveRoom,
  memberships,
  parseSyncToken,
} from '@causeway/homeserver';
import { parseRoomId, parseUserId, type UserId } from '@causeway/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ClientServer, type Person, startClientServer } from './client-server.ts';
import { joinAll } from './fill-room.ts';
import { workRatio } from './work-ratio.ts';

const ENCRYPTION = {
  type: 'm.room.encryption',
  state_key: '',
  content: { algorithm: 'm.megolm.v1.aes-sha2' },
};

let server: ClientServer;
let ada: Person;

beforeEach(async () => {
  server = await startClientServer();
  ada = await server.person('ada');
});
afterEach(() => server[Symbol.asyncDispose]());

const userId = (name: string): UserId => {
  const parsed = parseUserId(`@${name}:north.test`);
  if (parsed === undefined) throw new Error('no user ID');
  return parsed;
};

const encryptedRoom = async () => {
  const made = await ada.ok('POST', '/createRoom', { preset: 'public_chat', initial_state: [ENCRYPTION] });
  const roomId = parseRoomId(String(made.room_id));
  if (roomId === undefined) throw new Error('no room ID');
  return roomId;
};

const people = (prefix: string, count: number): readonly UserId[] =>
  Array.from({ length: count }, (_, index) => userId(`${prefix}${index}`));

const named = (users: readonly UserId[]) => users.map((user) => ({ userId: user, displayname: 'x' }));

/** They are in rooms of their own, and changed their devices. */
const changeElsewhere = async (engine: Engine, users: readonly UserId[]): Promise<void> => {
  await engine.store.transact(async (tx) => {
    for (const [index, user] of users.entries()) {
      const user_nid = await engine.names.internUser(tx, user);
      for (const room_nid of [100_000, 100_001 + index]) {
        const row = { room_nid, user_nid, membership: 'join', event_nid: 1, stream: 1, local: 1 };
        await tx.put(memberships, row);
      }
    }
  });
  await change(engine, users);
};

const change = async (engine: Engine, users: readonly UserId[]): Promise<void> => {
  const stream = await engine.store.transact(async (tx) => {
    let last = 0;
    for (const user of users) {
      last = await tx.next('stream');
      await tx.put(deviceListChanges, { user_nid: await engine.names.internUser(tx, user), stream: last });
      engine.activity.deviceListsChanged(last);
    }
    return last;
  });
  engine.notifier.publish({ stream });
};

const tokenOf = async (person: Person) =>
  parseSyncToken(String((await person.ok('GET', '/sync')).next_batch));

it('ten thousand who changed and share nothing cost it no more than a few hundred', async () => {
  const { engine } = server;
  const roomId = await encryptedRoom();
  const friends = people('friend', 10);
  await joinAll(engine, roomId, named(friends));
  const first = await tokenOf(ada);
  await changeElsewhere(engine, people('other', 9_700));
  const later = await tokenOf(ada);
  await changeElsewhere(engine, people('another', 300));
  await change(engine, friends);
  const viewer = { userId: userId('ada'), deviceId: ada.deviceId };
  const asked = (from: typeof first) => getKeyChanges(engine, viewer, from);
  const expected = new Set(friends);
  expect(new Set((await asked(first)).changed)).toEqual(expected);
  expect(new Set((await asked(later)).changed)).toEqual(expected);
  expect(
    await workRatio(
      () => asked(later),
      () => asked(first),
    ),
  ).toBeLessThan(5);
});

it('who is left behind in a large room is looked for among those with whom rooms are shared', async () => {
  const { engine } = server;
  const [large, small] = [await encryptedRoom(), await encryptedRoom()];
  const crowd = people('one', 600);
  await joinAll(engine, large, named(crowd));
  const [friend] = crowd;
  if (friend === undefined) throw new Error('nobody');
  await joinRoom(engine, { userId: friend, roomIdOrAlias: small });
  const since = await tokenOf(ada);
  await leaveRoom(engine, { roomId: large, sender: userId('ada') });
  const viewer = { userId: userId('ada'), deviceId: ada.deviceId };
  const { changed, left } = await getKeyChanges(engine, viewer, since);
  expect(changed).toEqual([]);
  expect(new Set(left)).toEqual(new Set(crowd.slice(1)));
});
