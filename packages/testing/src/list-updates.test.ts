/** What other servers are told of the devices of our people. */
import {
  type Clock,
  type DeviceListChange,
  createRoom,
  deviceKeys,
  joinRoom,
  noteDeviceListChange,
  noteRestore,
  publishDeviceListChange,
  systemClock,
} from '@causeway/homeserver';
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  parseJson,
  parseUserId,
  type UserId,
} from '@causeway/protocol';
import { grantPermission, revokePermission } from '@causeway/workspace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newCrossSigner, newDevice } from './encrypting-client.ts';
import type { Person } from './client-server.ts';
import { eventually, TestNetwork, type TestServer } from './network.ts';
import { at, type Organisations, startOrganisations } from './organisations.ts';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let west: TestServer;
let ada: UserId;
let sol: UserId;
let wes: UserId;
let time: number;

const clock: Clock = { now: () => time, schedule: systemClock.schedule };

beforeEach(async () => {
  time = Date.now();
  network = new TestNetwork();
  north = await network.add('north.test', { clock });
  south = await network.add('south.test');
  west = await network.add('west.test');
  ada = north.user('ada');
  sol = south.user('sol');
  wes = west.user('wes');
});
afterEach(() => network[Symbol.asyncDispose]());

type Change = DeviceListChange extends infer C ? (C extends unknown ? Omit<C, 'userId'> : never) : never;

const change = async (what: Change): Promise<void> => {
  const { engine } = north;
  const noted = await engine.store.transact((tx) =>
    noteDeviceListChange(engine, tx, { userId: ada, ...what }),
  );
  publishDeviceListChange(engine, noted);
};

const roomOf = (options: JsonObject = {}) =>
  createRoom(north.engine, ada, { preset: 'public_chat', ...options });

const join = (server: TestServer, userId: UserId, roomId: string, via = 'north.test') =>
  joinRoom(server.engine, { userId, roomIdOrAlias: roomId, via: [via] });

const isOfLists = (edu: unknown): edu is JsonObject =>
  isJsonObject(edu as JsonObject) && /device_list|signing_key/.test(String((edu as JsonObject)['edu_type']));

/** Contents that a server was sent, each once. */
const told = (server: TestServer): readonly JsonObject[] => {
  const found = new Map<string, JsonObject>();
  for (const { from, to, path, body } of network.requests) {
    if (from !== 'north.test' || to !== server.name || !path.includes('/send/')) continue;
    const parsed = parseJson(body ?? '');
    const edus = parsed.ok && isJsonObject(parsed.value) ? parsed.value['edus'] : undefined;
    for (const edu of isJsonArray(edus) ? edus : []) {
      if (isOfLists(edu) && isJsonObject(edu['content'])) found.set(JSON.stringify(edu), edu['content']);
    }
  }
  return [...found.values()];
};

const hears = (server: TestServer, count: number) =>
  eventually(`${server.name} is told ${count}`, async () => {
    const all = told(server);
    return all.length === count && all;
  });

const idOf = (content: JsonObject | undefined): number => Number(content?.['stream_id']);

describe('device list updates', () => {
  it('go to the servers that share a room, each following on the one before, and never back in time', async () => {
    await join(south, sol, await roomOf());
    // Of a room that is not federated nothing is heard elsewhere.
    await roomOf({ creation_content: { 'm.federate': false } });
    const keys = newDevice({ userId: ada, deviceId: 'PHONE' }).deviceKeys;
    await change({ kind: 'device', deviceId: 'PHONE', keys });
    await change({ kind: 'device', deviceId: 'TABLET', keys: undefined });
    time -= 3_600_000;
    await change({ kind: 'device-removed', deviceId: 'PHONE' });
    const [first, second, third] = await hears(south, 3);
    const now = time + 3_600_000;
    expect(first).toEqual({ user_id: ada, device_id: 'PHONE', stream_id: now, prev_id: [], keys });
    expect(second).toEqual({ user_id: ada, device_id: 'TABLET', stream_id: now + 1, prev_id: [now] });
    expect(third).toEqual({
      user_id: ada,
      device_id: 'PHONE',
      stream_id: now + 2,
      prev_id: [now + 1],
      deleted: true,
    });
    expect(told(west)).toEqual([]);
  });

  it('bring cross-signing keys, without those for oneself', async () => {
    await join(south, sol, await roomOf());
    const { master_key, self_signing_key } = newCrossSigner(ada).upload;
    await change({ kind: 'cross-signing', masterKey: master_key, selfSigningKey: self_signing_key });
    expect(await hears(south, 1)).toEqual([{ user_id: ada, master_key, self_signing_key }]);
    await change({ kind: 'signed', target: sol });
    await change({ kind: 'device', deviceId: 'PHONE', keys: undefined });
    expect(await hears(south, 2)).toHaveLength(2);
  });

  it('wait for a server that is away, also over a restart', async () => {
    await join(south, sol, await roomOf());
    network.cut('south.test', true);
    await change({ kind: 'device', deviceId: 'PHONE', keys: undefined });
    north = await north.restart();
    network.cut('south.test', false);
    north.engine.outbound.retryNow(
      await north.engine.store.read(async (reader) => {
        const nid = await north.engine.names.serverNid(reader, 'south.test');
        if (nid === undefined) throw new Error('south is not known');
        return nid;
      }),
    );
    expect(idOf((await hears(south, 1))[0])).toBe(time);
  });

  it('lead other servers to ask for the list, when a backup was restored that does not know what was told', async () => {
    await join(south, sol, await roomOf());
    await change({ kind: 'device', deviceId: 'PHONE', keys: undefined });
    const first = idOf((await hears(south, 1))[0]);
    await north.engine.store.transact((tx) => noteRestore(tx, time));
    time += 10;
    north = await north.restart();
    const [, second] = await hears(south, 2);
    expect(second).toMatchObject({ device_id: 'PHONE', stream_id: first + 10, prev_id: [first] });
  });

  it('tell servers that were not told until now when somebody comes into their room', async () => {
    const first = await roomOf();
    await join(south, sol, first);
    const keys = newDevice({ userId: ada, deviceId: 'PHONE' }).deviceKeys;
    await north.engine.store.transact(async (tx) => {
      const user_nid = await north.engine.names.internUser(tx, ada);
      await tx.put(deviceKeys, { user_nid, device_id: 'PHONE', json: JSON.stringify(keys) });
    });
    await change({ kind: 'device', deviceId: 'PHONE', keys });
    const id = idOf((await hears(south, 1))[0]);
    const theirs = await createRoom(west.engine, wes, { preset: 'public_chat' });
    await join(north, ada, theirs, 'west.test');
    // What it follows on is unknown there, so that server asks for the whole.
    const expected = { user_id: ada, device_id: 'PHONE', stream_id: id + 1, prev_id: [id], keys };
    expect(await hears(west, 1)).toEqual([expected]);
    expect((await hears(south, 2))[1]).toEqual(expected);
    // Nobody is new there.
    const another = await createRoom(west.engine, wes, { preset: 'public_chat' });
    await join(north, ada, another, 'west.test');
    await change({ kind: 'device-removed', deviceId: 'PHONE' });
    expect((await hears(west, 2))[1]).toMatchObject({ prev_id: [id + 1], deleted: true });
  });
});

/** Requests with lists of devices that went from north to south. */
const listsSent = ({ sent }: Organisations): string =>
  sent
    .filter(({ origin, path }) => origin === 'north.test' && path.includes('/send/'))
    .map(({ body }) => body)
    .filter((body) => /device_list|signing_key/.test(body))
    .join();

/** Contents of the updates that north sent, each once. */
const updatesSent = ({ sent }: Organisations): readonly JsonObject[] => {
  const found = new Map<string, JsonObject>();
  for (const { origin, path, body } of sent) {
    if (origin !== 'north.test' || !path.includes('/send/')) continue;
    const parsed = parseJson(body);
    const edus = parsed.ok && isJsonObject(parsed.value) ? parsed.value['edus'] : undefined;
    for (const edu of isJsonArray(edus) ? edus : []) {
      if (isOfLists(edu) && isJsonObject(edu['content'])) found.set(JSON.stringify(edu), edu['content']);
    }
  }
  return [...found.values()];
};

const syncOf = (person: Person, since: string) => person.ok('GET', `/sync?timeout=0&since=${since}`);

describe('somebody who may take part in nothing with other organisations', () => {
  it('is told of no list there, and theirs is told nobody until they may', async () => {
    await using net = await startOrganisations();
    const { nora, sam, north } = net;
    const algorithm = 'm.megolm.v1.aes-sha2';
    const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm } };
    await net.sharedRoom({ initial_state: [encryption] });
    const device = newDevice(nora);
    await nora.ok('POST', '/keys/upload', { device_keys: device.deviceKeys });
    const knows = async (wanted: boolean) => {
      const { device_keys } = await sam.ok('POST', '/keys/query', { device_keys: { [nora.userId]: [] } });
      return (at(device_keys, nora.userId, nora.deviceId) !== undefined) === wanted;
    };
    await eventually('sam sees her device', () => knows(true));
    const userId = parseUserId(nora.userId);
    if (userId === undefined) throw new Error('no user ID');
    await revokePermission(north.context, userId, 'access-federation');
    net.sent.length = 0;
    const phone = await north.login('nora');
    const lost = newDevice(phone);
    await phone.ok('POST', '/keys/upload', { device_keys: lost.deviceKeys });
    const since = String((await nora.ok('GET', '/sync')).next_batch);
    await sam.ok('POST', '/keys/upload', { device_keys: newDevice(sam).deviceKeys });
    const samHeard = String((await sam.ok('GET', '/sync')).next_batch);
    await eventually('south told north', async () =>
      net.sent.some(({ origin, body }) => origin === 'south.test' && body.includes('device_list_update')),
    );
    expect(await syncOf(nora, since)).not.toHaveProperty('device_lists');
    await phone.ok('POST', '/logout');
    expect(at((await syncOf(nora, since)).device_lists, 'changed') ?? []).not.toContain(sam.userId);
    expect(at(await nora.ok('GET', `/keys/changes?from=${since}&to=${since}`), 'changed')).not.toContain(
      sam.userId,
    );
    expect(listsSent(net)).toBe('');
    const silent = String((await nora.ok('GET', '/sync')).next_batch);
    await grantPermission(north.context, userId, 'access-federation');
    // Whatever changed meanwhile.
    expect(at((await syncOf(nora, silent)).device_lists, 'changed')).toContain(sam.userId);
    await eventually('sam is told', async () => {
      const lists = (await syncOf(sam, samHeard)).device_lists;
      return JSON.stringify(lists ?? {}).includes(nora.userId);
    });
    expect(listsSent(net)).not.toBe('');
  });
});

describe('a device without keys', () => {
  it('is told to servers of shared rooms when it is new, has another name, and is gone, without its name', async () => {
    await using net = await startOrganisations();
    const { nora, sam, north } = net;
    await net.sharedRoom();
    net.sent.length = 0;
    const phone = await north.login('nora');
    const ofPhone = () => updatesSent(net).filter((content) => content['device_id'] === phone.deviceId);
    const next = (count: number) =>
      eventually(`${count} are told`, async () => ofPhone().length === count && ofPhone().at(-1));
    const isNew = await next(1);
    const shape = { user_id: nora.userId, device_id: phone.deviceId, stream_id: expect.any(Number) };
    expect(isNew).toEqual({ ...shape, prev_id: expect.any(Array) });
    await phone.ok('PUT', `/devices/${phone.deviceId}`, { display_name: 'in the green bag' });
    const renamed = await next(2);
    expect(renamed).toEqual({ ...shape, prev_id: [isNew?.['stream_id']] });
    // An entry there needs keys, so it is in none; but the list is the one of the update.
    const requests = () => net.sent.filter(({ path }) => path.includes('/user/devices/')).length;
    await sam.ok('POST', '/keys/query', { device_keys: { [nora.userId]: [] } });
    await eventually('the list is fetched', async () => requests() === 1);
    await phone.ok('POST', '/logout');
    expect(await next(3)).toEqual({ ...shape, prev_id: [renamed?.['stream_id']], deleted: true });
    await eventually('it follows on what was fetched', async () => {
      const before = net.sent.length;
      await sam.ok('POST', '/keys/query', { device_keys: { [nora.userId]: [] } });
      return net.sent.length === before;
    });
    expect(requests()).toBe(1);
    expect(net.sent.map(({ body }) => body).join()).not.toContain('green bag');
  });

  it('is not told of again when it signs in anew', async () => {
    await using net = await startOrganisations();
    const { nora, north } = net;
    await net.sharedRoom();
    net.sent.length = 0;
    const again = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'nora' } };
    const path = '/_matrix/client/v3/login';
    const login = { ...again, password: 'password of nora', device_id: nora.deviceId };
    expect((await north.call('POST', path, login)).status).toBe(200);
    await north.login('nora');
    await eventually('the other is told', async () => updatesSent(net).length > 0);
    expect(updatesSent(net).map((content) => content['device_id'])).not.toContain(nora.deviceId);
  });
});

describe('keys of somebody elsewhere who shares a room', () => {
  it('are asked for once, and afterwards followed without a request', async () => {
    await using net = await startOrganisations();
    const { nora, sam, south } = net;
    await net.sharedRoom();
    const upload = async (by: Person) => {
      await by.ok('POST', '/keys/upload', { device_keys: newDevice(by).deviceKeys });
    };
    await upload(sam);
    const asked = () =>
      net.sent
        .filter(({ origin, path }) => origin === 'north.test' && path.includes('/v1/user/'))
        .map(({ method, path }) => `${method} ${path.replace(/^.*\/v1\//, '').replace(/\/%40.*/, '')}`);
    const devices = async () => {
      const { device_keys } = await nora.ok('POST', '/keys/query', { device_keys: { [sam.userId]: [] } });
      return Object.keys(at(device_keys, sam.userId) ?? {}).toSorted();
    };
    expect(await devices()).toEqual([sam.deviceId]);
    await eventually('the list is here', async () => asked().includes('GET user/devices'));
    await eventually('it answers by itself', async () => {
      const before = asked().length;
      return (await devices()).length === 1 && asked().length === before;
    });
    expect(asked().filter((path) => path === 'GET user/devices')).toHaveLength(1);
    net.sent.length = 0;
    let since = String((await nora.ok('GET', '/sync')).next_batch);
    const changes = (what: string) =>
      eventually(what, async () => {
        const answer = await nora.ok('GET', `/sync?timeout=1000&since=${since}`);
        since = String(answer.next_batch);
        return JSON.stringify(answer.device_lists ?? {}).includes(sam.userId);
      });
    const phone = await south.login('sam');
    await upload(phone);
    await changes('his second device');
    await eventually('it has its keys', async () => (await devices()).length === 2);
    since = String((await nora.ok('GET', '/sync')).next_batch);
    expect(await devices()).toEqual([sam.deviceId, phone.deviceId].toSorted());
    await phone.ok('POST', '/logout');
    await changes('its end');
    expect(await devices()).toEqual([sam.deviceId]);
    const signer = newCrossSigner(sam.userId);
    await sam.ok('POST', '/keys/device_signing/upload', signer.upload);
    await changes('his cross-signing keys');
    const { master_keys } = await nora.ok('POST', '/keys/query', { device_keys: { [sam.userId]: [] } });
    expect(at(master_keys, sam.userId)).toEqual(signer.upload.master_key);
    expect(asked()).toEqual([]);
  });
});
