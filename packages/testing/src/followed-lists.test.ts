/** Device lists of another server's people: kept, changed, and fetched anew when something is missing. */
import {
  followedDeviceLists,
  followedKeys,
  forgetUnshared,
  joinRoom,
  leaveRoom,
  noteRestore,
  parseSyncFilter,
  parseSyncToken,
  sync,
} from '@causeway/homeserver';
import type { JsonObject, RoomId, UserId } from '@causeway/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { type EncryptingDevice, newCrossSigner, newDevice } from './encrypting-client.ts';
import { hurriedClock } from './hurried-clocks.ts';
import { eventually, type StandInAnswer, type TestNetwork, type TestServer } from './network.ts';
import { northAndSouth, sharedRoom } from './north-and-south.ts';
import { signedTransaction } from './signed-transaction.ts';

let network: TestNetwork;
/** Tells of ada what the test wants. */
let north: TestServer;
/** Follows what it is told. */
let south: TestServer;
let ada: UserId;
let sol: UserId;
let roomId: RoomId;

/** Ada's list as north tells it when it is asked. */
let list: { streamId: number; devices: Map<string, EncryptingDevice>; keys: JsonObject };
let tell: (userId: string) => Promise<StandInAnswer> | StandInAnswer;
let fetches: string[] = [];

const device = (deviceId: string) => newDevice({ userId: ada, deviceId });

const listOf = (userId: string): JsonObject => ({
  user_id: userId,
  stream_id: list.streamId,
  devices: [...list.devices].map(([device_id, { deviceKeys }]) => ({ device_id, keys: deviceKeys })),
  ...list.keys,
});

const start = async (faster = 1): Promise<void> => {
  const places = await northAndSouth({ clock: hurriedClock(faster) });
  ({ network, north, south, ada, sol } = places);
  roomId = await sharedRoom(places);
  list = { streamId: 10, devices: new Map([['PHONE', device('PHONE')]]), keys: {} };
  tell = (userId) => ({ status: 200, body: listOf(userId) });
  fetches = [];
  network.standIn = async ({ path }) => {
    const asked = /^\/_matrix\/federation\/v1\/user\/devices\/(.+)$/.exec(path)?.[1];
    if (asked === undefined) return undefined;
    fetches.push(decodeURIComponent(asked));
    return tell(decodeURIComponent(asked));
  };
};

afterEach(async () => {
  // It ends first, so that none of its requests meets a server that is gone.
  await south.homeserver[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

const known = async (): Promise<readonly string[] | undefined> => {
  const keys = (await followedKeys(south.engine, [ada])).get(ada);
  return keys && [...keys.devices.keys()].toSorted();
};

const row = () =>
  south.engine.store.read(async (reader) => {
    const user_nid = await south.engine.names.userNid(reader, ada);
    return user_nid === undefined ? undefined : reader.get(followedDeviceLists, { user_nid });
  });

const isStale = async () => (await row())?.stale === 1;

const follow = () => eventually('south knows the list', known);

const send = async (...edus: readonly JsonObject[]): Promise<void> => {
  const { status } = await signedTransaction(north, south, { edus });
  expect(status).toBe(200);
};

const update = (streamId: number, prevIds: readonly number[], content: JsonObject): JsonObject => ({
  edu_type: 'm.device_list_update',
  content: { user_id: ada, stream_id: streamId, prev_id: prevIds, ...content },
});

const added = (streamId: number, prevIds: readonly number[], deviceId: string): JsonObject => {
  const made = device(deviceId);
  list.devices.set(deviceId, made);
  list.streamId = Math.max(list.streamId, streamId);
  return update(streamId, prevIds, { device_id: deviceId, keys: made.deviceKeys });
};

const removed = (streamId: number, prevIds: readonly number[], deviceId: string): JsonObject => {
  list.devices.delete(deviceId);
  list.streamId = Math.max(list.streamId, streamId);
  return update(streamId, prevIds, { device_id: deviceId, deleted: true });
};

const syncOf = (since?: string) =>
  sync(south.engine, {
    userId: sol,
    deviceId: 'D',
    filter: parseSyncFilter({}),
    since: since === undefined ? undefined : parseSyncToken(since),
    fullState: false,
    stateAfter: false,
    timeoutMs: 0,
    signal: new AbortController().signal,
  });

const tokenNow = async () => (await syncOf()).next_batch;
const changedSince = async (token: string) => (await syncOf(token)).device_lists?.changed ?? [];

describe('a list that is followed', () => {
  it('is fetched once somebody asks who shares a room, and then answers by itself', async () => {
    await start();
    expect(await known()).toBeUndefined();
    expect(await follow()).toEqual(['PHONE']);
    expect(await known()).toEqual(['PHONE']);
    expect(fetches).toEqual([ada]);
    const keys = (await followedKeys(south.engine, [ada])).get(ada);
    expect(keys?.devices.get('PHONE')).toEqual(list.devices.get('PHONE')?.deviceKeys);
  });

  it('is kept of nobody who shares no room', async () => {
    await start();
    const stranger = north.user('stranger');
    expect((await followedKeys(south.engine, [stranger])).size).toBe(0);
    await leaveRoom(south.engine, { sender: sol, roomId });
    expect(await known()).toBeUndefined();
    expect(fetches).toEqual([]);
  });

  it('takes what follows on what is known, tells of it, and asks nobody', async () => {
    await start();
    await follow();
    const token = await tokenNow();
    await send(added(11, [10], 'TABLET'), added(12, [11], 'WATCH'), removed(13, [12], 'PHONE'));
    expect(await known()).toEqual(['TABLET', 'WATCH']);
    expect(await changedSince(token)).toEqual([ada]);
    const after = await tokenNow();
    const { master_key, self_signing_key } = newCrossSigner(ada).upload;
    list.keys = { master_key, self_signing_key };
    await send({ edu_type: 'm.signing_key_update', content: { user_id: ada, ...list.keys } });
    const keys = (await followedKeys(south.engine, [ada])).get(ada);
    expect([keys?.master, keys?.selfSigning]).toEqual([master_key, self_signing_key]);
    expect(await changedSince(after)).toEqual([ada]);
    expect(fetches).toHaveLength(1);
  });

  it.each([
    ['lost', () => [added(12, [11], 'TABLET')]],
    ['out of order', () => [added(12, [11], 'TABLET'), added(11, [10], 'WATCH')]],
    ['forked', () => [added(11, [10, 9], 'TABLET')]],
    ['going back, after a backup of its sender', () => [added(5, [4], 'TABLET')]],
    ['without predecessors', () => [added(11, [], 'TABLET')]],
    ['malformed', () => [update(11, [10], { device_id: 'X', keys: { user_id: sol } })]],
  ])('is fetched anew after an update that is %s', async (_what, edus) => {
    await start(100);
    await follow();
    await send(...edus());
    expect(await eventually('it is whole again', known)).toEqual([...list.devices.keys()].toSorted());
    expect(fetches.length).toBeGreaterThan(1);
  });

  it('goes on from a smaller number, when the server says so', async () => {
    await start(100);
    await follow();
    const edu = added(5, [4], 'TABLET');
    list.streamId = 5;
    await send(edu);
    await follow();
    const before = fetches.length;
    await send(added(6, [5], 'WATCH'));
    expect(await known()).toEqual(['PHONE', 'TABLET', 'WATCH']);
    expect(fetches).toHaveLength(before);
  });

  it('is fetched again when an update comes while it is fetched', async () => {
    await start(100);
    await follow();
    const { promise, resolve } = Promise.withResolvers<void>();
    tell = async (userId) => {
      const older = listOf(userId);
      await promise;
      return { status: 200, body: older };
    };
    await send(update(12, [11], { device_id: 'GONE', deleted: true }));
    await eventually('it is being fetched', async () => fetches.length === 2);
    await send(added(13, [12], 'TABLET'));
    resolve();
    tell = (userId) => ({ status: 200, body: listOf(userId) });
    expect(await follow()).toEqual(['PHONE', 'TABLET']);
    expect(fetches.length).toBeGreaterThan(2);
  });

  it('is fetched few times however many updates are in no order', async () => {
    await start(20);
    await follow();
    for (let at = 0; at < 10; at++) {
      const edus = Array.from({ length: 100 }, (_, i) => added(1000 + at * 100 + i, [i], 'TABLET'));
      await send(...edus);
    }
    expect(await follow()).toEqual(['PHONE', 'TABLET']);
    expect(fetches.length).toBeLessThan(10);
  });

  it('is stale when its server tells more than its share, also in order', async () => {
    await start();
    await follow();
    for (let at = 10; at < 310; at += 100) {
      await send(...Array.from({ length: 100 }, (_, i) => added(at + i + 1, [at + i], 'TABLET')));
    }
    expect(await isStale()).toBe(true);
    expect((await row())?.stream_id).toBeGreaterThanOrEqual(210);
    // Its server is asked meanwhile.
    expect(await known()).toBeUndefined();
  });

  it('is fetched after a restart, when it became stale before', async () => {
    await start(50);
    await follow();
    network.standIn = async ({ path }) => (path.includes('/user/devices/') ? 'failed' : undefined);
    await send(added(12, [11], 'TABLET'));
    expect(await isStale()).toBe(true);
    network.standIn = async ({ path }) =>
      path.includes('/user/devices/') ? { status: 200, body: listOf(ada) } : undefined;
    south = await south.restart();
    expect(await follow()).toEqual(['PHONE', 'TABLET']);
  });

  it('is fetched at once when a server that was away is heard from', async () => {
    await start(100);
    await follow();
    tell = () => 'failed';
    await send(added(12, [11], 'TABLET'));
    await eventually('some tries', async () => fetches.length > 5);
    expect(await known()).toBeUndefined();
    tell = (userId) => ({ status: 200, body: listOf(userId) });
    // The next try by itself would be many seconds away.
    await send();
    expect(await eventually('it is whole at once', known, 1_000)).toEqual(['PHONE', 'TABLET']);
  });

  it('is stale in data of a backup', async () => {
    await start();
    await follow();
    await south.engine.store.transact((tx) => noteRestore(tx, Date.now()));
    list.devices.set('NEW', device('NEW'));
    south = await south.restart();
    await eventually('it was fetched', async () => fetches.length > 1);
    expect(await follow()).toEqual(['NEW', 'PHONE']);
  });

  it('is stale when nobody shared a room for a while, in which nothing was told', async () => {
    await start(50);
    await follow();
    await leaveRoom(south.engine, { sender: sol, roomId });
    list.devices.set('NEW', device('NEW'));
    await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: [north.name] });
    expect(await known()).not.toEqual(['PHONE']);
    await eventually('it was fetched', async () => fetches.length > 1);
    expect(await follow()).toEqual(['NEW', 'PHONE']);
  });

  it('goes when nobody shares a room any more', async () => {
    await start();
    await follow();
    await forgetUnshared(south.engine);
    expect(await row()).toBeDefined();
    await leaveRoom(south.engine, { sender: sol, roomId });
    await forgetUnshared(south.engine);
    expect(await row()).toBeUndefined();
    await send(added(11, [10], 'TABLET'));
    expect(await row()).toBeUndefined();
  });
});

describe('a server that lies', () => {
  it('says nothing of the people of others, and nothing of whom nobody shares a room with', async () => {
    await start();
    await follow();
    const token = await tokenNow();
    const made = newDevice({ userId: sol, deviceId: 'EVIL' });
    const content = { stream_id: 11, prev_id: [10], device_id: 'EVIL', keys: made.deviceKeys };
    const people = [sol, '@wes:west.test', '@stranger:north.test', 'nonsense', ''];
    await send(
      ...people.map((user_id) => ({ edu_type: 'm.device_list_update', content: { user_id, ...content } })),
      { edu_type: 'm.device_list_update', content: {} },
      { edu_type: 'm.signing_key_update', content: { user_id: sol, ...newCrossSigner(sol).upload } },
    );
    expect(await changedSince(token)).toEqual([]);
    expect(await known()).toEqual(['PHONE']);
  });

  const other = (userId: string) => newDevice({ userId, deviceId: 'PHONE' }).deviceKeys;
  it.each<[string, (body: JsonObject) => JsonObject]>([
    ['about somebody else', (body) => ({ ...body, user_id: sol })],
    [
      'with the device of somebody else',
      (body) => ({ ...body, devices: [{ device_id: 'PHONE', keys: other(sol) }] }),
    ],
    [
      'with another device than it says',
      (body) => ({ ...body, devices: [{ device_id: 'P', keys: other(ada) }] }),
    ],
    ['without a stream_id', (body) => ({ ...body, stream_id: 'many' })],
    ['without devices', (body) => ({ ...body, devices: {} })],
    ['with a device twice', (body) => ({ ...body, devices: [{ device_id: 'A' }, { device_id: 'A' }] })],
    [
      'with 1,001 devices',
      (body) => ({ ...body, devices: Array.from({ length: 1001 }, (_, i) => ({ device_id: `D${i}` })) }),
    ],
    [
      'with a key that is too large',
      (body) => ({
        ...body,
        devices: [{ device_id: 'PHONE', keys: { ...other(ada), x: 'x'.repeat(40_000) } }],
      }),
    ],
    [
      'with a master key of somebody else',
      (body) => ({ ...body, master_key: newCrossSigner(sol).upload.master_key }),
    ],
  ])('replaces no list by an answer %s', async (_what, lie) => {
    await start(100);
    await follow();
    const before = await south.engine.store.read((reader) => reader.scan(followedDeviceLists, {}));
    let lies = 0;
    tell = (userId) => {
      lies += 1;
      return { status: 200, body: lie(listOf(userId)) };
    };
    await send(update(99, [98], { device_id: 'X', deleted: true }));
    await eventually('it lied', async () => lies > 1);
    expect(await known()).toBeUndefined();
    expect((await row())?.stream_id).toBe(before[0]?.stream_id);
    tell = (userId) => ({ status: 200, body: listOf(userId) });
    expect(await follow()).toEqual(['PHONE']);
  });
});
