/** Keys of people of other servers: what is asked of these, what of their answers is taken, and what they are told. */
import { type FederationTransport, systemClock, type TransportRequest } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, parseUserId } from '@causeway/protocol';
import { grantPermission } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';
import { type Person, startClientServer } from './client-server.ts';
import { newCrossSigner, newDevice } from './encrypting-client.ts';
import { eventually } from './network.ts';
import { at, type Organisations, startOrganisations } from './organisations.ts';
import { signedRequest } from './signed-transaction.ts';

const query = (by: Person, ...people: readonly string[]) =>
  by.ok('POST', '/keys/query', { device_keys: Object.fromEntries(people.map((userId) => [userId, []])) });

const claim = (by: Person, userId: string, ...devices: readonly string[]) =>
  by.ok('POST', '/keys/claim', {
    one_time_keys: {
      [userId]: Object.fromEntries(devices.map((deviceId) => [deviceId, 'signed_curve25519'])),
    },
  });

/** Sam encrypts, and cross-signs his device. */
const encrypting = async (sam: Person) => {
  const device = newDevice(sam);
  const signer = newCrossSigner(sam.userId);
  const oneTime = device.oneTimeKeys(2);
  const fallback = device.fallbackKey();
  const deviceKeys = signer.selfSigning.sign(device.deviceKeys);
  await sam.ok('PUT', `/devices/${sam.deviceId}`, { display_name: 'In the office' });
  const keys = { device_keys: device.deviceKeys, one_time_keys: oneTime, fallback_keys: fallback };
  await sam.ok('POST', '/keys/upload', keys);
  await sam.ok('POST', '/keys/device_signing/upload', signer.upload);
  const signatures = { [sam.userId]: { [sam.deviceId]: deviceKeys } };
  expect(await sam.ok('POST', '/keys/signatures/upload', signatures)).toEqual({ failures: {} });
  return { device, signer, oneTime, fallback, deviceKeys };
};

const ask = async (net: Organisations, method: string, url: string, body?: JsonValue) => {
  const answer = await signedRequest(net.south, net.north, {
    method,
    url,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const parsed = parseJson(answer.bytes);
  return { status: answer.status, body: parsed.ok && isJsonObject(parsed.value) ? parsed.value : {} };
};

describe('keys of people of another server', () => {
  it('are fetched from it, without the names of devices', async () => {
    await using net = await startOrganisations();
    const { deviceKeys, signer } = await encrypting(net.sam);
    const found = await query(net.nora, net.sam.userId, '@nobody:south.test');
    expect(found.failures).toEqual({});
    expect(found.device_keys).toEqual({
      [net.sam.userId]: { [net.sam.deviceId]: deviceKeys },
      '@nobody:south.test': {},
    });
    expect(found.master_keys).toEqual({ [net.sam.userId]: signer.upload.master_key });
    expect(found.self_signing_keys).toEqual({ [net.sam.userId]: signer.upload.self_signing_key });
    expect(found.user_signing_keys).toEqual({});
  });

  it('are claimed from it, each once, then the fallback key', async () => {
    await using net = await startOrganisations();
    const { oneTime, fallback } = await encrypting(net.sam);
    const names: string[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const given = await claim(net.nora, net.sam.userId, net.sam.deviceId, 'NONE');
      expect(given.failures).toEqual({});
      expect(Object.keys(at(given.one_time_keys, net.sam.userId) ?? {})).toEqual([net.sam.deviceId]);
      names.push(...Object.keys(at(given.one_time_keys, net.sam.userId, net.sam.deviceId) ?? {}));
    }
    const last = Object.keys(fallback);
    expect(names.slice(0, 2).sort()).toEqual(Object.keys(oneTime).sort());
    expect(names.slice(2)).toEqual([...last, ...last]);
  });

  it('are asked for in requests that can be answered, however many people there are', async () => {
    await using net = await startOrganisations();
    await encrypting(net.sam);
    net.sent.length = 0;
    const crowd = Array.from({ length: 2_500 }, (_, index) => `@p${index}:south.test`);
    const found = await query(net.nora, ...crowd, net.sam.userId);
    expect(Object.keys(found.device_keys ?? {})).toHaveLength(2_501);
    expect(Object.keys(at(found.device_keys, net.sam.userId) ?? {})).toEqual([net.sam.deviceId]);
    expect(net.sent.filter(({ path }) => path.endsWith('/user/keys/query'))).toHaveLength(3);
  });

  it('are given to two servers and our own people at once without giving one twice', async () => {
    await using net = await startOrganisations();
    const west = await net.further('west.test');
    const wes = await net.person(west, 'wes');
    const colleague = await net.south.person('sue');
    const device = newDevice(net.sam);
    const keys = { device_keys: device.deviceKeys, one_time_keys: device.oneTimeKeys(30) };
    await net.sam.ok('POST', '/keys/upload', keys);
    const claimants = Array.from({ length: 12 }, () => [net.nora, wes, colleague]).flat();
    const given = await Promise.all(claimants.map((who) => claim(who, net.sam.userId, net.sam.deviceId)));
    const names = given.flatMap((answer) =>
      Object.keys(at(answer.one_time_keys, net.sam.userId, net.sam.deviceId) ?? {}),
    );
    expect(names).toHaveLength(30);
    expect(new Set(names).size).toBe(30);
  });

  it('are left for others when a server claims many of one device: it gets the fallback key', async () => {
    let time = Date.now();
    const clock = { now: () => time, schedule: systemClock.schedule };
    await using net = await startOrganisations({ clock });
    const device = newDevice(net.sam);
    const [fallback, oneTime] = [device.fallbackKey(), device.oneTimeKeys(60)];
    const keys = { device_keys: device.deviceKeys, one_time_keys: oneTime, fallback_keys: fallback };
    await net.sam.ok('POST', '/keys/upload', keys);
    const last = Object.keys(fallback)[0];
    const claimed = async (who: Person) => {
      const { one_time_keys } = await claim(who, net.sam.userId, net.sam.deviceId);
      return Object.keys(at(one_time_keys, net.sam.userId, net.sam.deviceId) ?? {})[0];
    };
    const drained: (string | undefined)[] = [];
    for (let turn = 0; turn < 25; turn++) drained.push(await claimed(net.nora));
    expect(drained.indexOf(last)).toBe(20);
    expect(new Set(drained.slice(20))).toEqual(new Set([last]));
    const colleague = await net.south.person('sue');
    const wes = await net.person(await net.further('west.test'), 'wes');
    for (const who of [colleague, wes]) expect(oneTime).toHaveProperty([String(await claimed(who))]);
    time += 3_600_000;
    const later: (string | undefined)[] = [];
    for (let turn = 0; turn < 12; turn++) later.push(await claimed(net.nora));
    expect(later.indexOf(last)).toBe(10);
    expect((await net.sam.ok('GET', '/sync')).device_one_time_keys_count).toEqual({ signed_curve25519: 28 });
  });

  it('that can not be had are a failure of their server, and the others are there', async () => {
    await using net = await startOrganisations();
    await encrypting(net.nora);
    net.reach('south.test', undefined);
    const people = [net.nora.userId, net.sam.userId, '@wes:nowhere.test'];
    const found = await query(net.nora, ...people);
    expect(Object.keys(found.failures ?? {}).sort()).toEqual(['nowhere.test', 'south.test']);
    expect(Object.keys(found.device_keys ?? {})).toEqual([net.nora.userId]);
    const given = await claim(net.nora, net.sam.userId, net.sam.deviceId);
    expect(given.one_time_keys).toEqual({});
    expect(at(given.failures, 'south.test', 'errcode')).toBe('CAUSEWAY_UNREACHABLE');
  });

  it('are signed with the user-signing key for oneself only', async () => {
    await using net = await startOrganisations();
    const { signer: sams } = await encrypting(net.sam);
    const { signer: noras } = await encrypting(net.nora);
    const signed = noras.userSigning.sign(sams.upload.master_key);
    const body = { [net.sam.userId]: { [sams.master.publicKey]: signed } };
    net.sent.length = 0;
    expect(await net.nora.ok('POST', '/keys/signatures/upload', body)).toEqual({ failures: {} });
    expect(net.sent.every(({ body: text }) => !text.includes('signatures'))).toBe(true);
    const seen = await query(net.nora, net.sam.userId);
    expect(at(seen.master_keys, net.sam.userId)).toEqual(signed);
    const other = await query(await net.person(net.north, 'nils'), net.sam.userId);
    expect(at(other.master_keys, net.sam.userId)).toEqual(sams.upload.master_key);
    net.reach('south.test', undefined);
    const away = await net.nora.ok('POST', '/keys/signatures/upload', body);
    expect(at(away.failures, net.sam.userId, sams.master.publicKey, 'errcode')).toBe('M_NOT_FOUND');
  });

  it('are signed and found while their server is away, when it is known what they are', async () => {
    await using net = await startOrganisations();
    const { signer: sams, deviceKeys } = await encrypting(net.sam);
    const { signer: noras } = await encrypting(net.nora);
    await net.sharedRoom();
    await eventually('the keys of sam are followed', async () => {
      await query(net.nora, net.sam.userId);
      net.sent.length = 0;
      await query(net.nora, net.sam.userId);
      return net.sent.every(({ path }) => !path.includes('/user/'));
    });
    net.cut(true);
    const signed = noras.userSigning.sign(sams.upload.master_key);
    const body = { [net.sam.userId]: { [sams.master.publicKey]: signed } };
    expect(await net.nora.ok('POST', '/keys/signatures/upload', body)).toEqual({ failures: {} });
    const seen = await query(net.nora, net.sam.userId);
    expect(seen.failures).toEqual({});
    expect(at(seen.master_keys, net.sam.userId)).toEqual(signed);
    expect(at(seen.device_keys, net.sam.userId, net.sam.deviceId)).toEqual(deviceKeys);
  });
});

describe('people without the right to take part in what is outside', () => {
  it('get no keys of outsiders, nothing goes out for them, and outsiders get none of theirs', async () => {
    await using net = await startOrganisations();
    const { oneTime } = await encrypting(net.sam);
    const inside = await net.north.person('ina');
    await encrypting(inside);
    net.sent.length = 0;
    const found = await query(inside, net.sam.userId);
    expect(found.device_keys).toEqual({});
    expect(at(found.failures, 'south.test', 'errcode')).toBe('M_FORBIDDEN');
    const given = await claim(inside, net.sam.userId, net.sam.deviceId);
    expect(given.one_time_keys).toEqual({});
    expect(net.sent).toEqual([]);
    expect(await query(net.sam, inside.userId)).toMatchObject({ device_keys: { [inside.userId]: {} } });
    expect((await claim(net.sam, inside.userId, inside.deviceId)).one_time_keys).toEqual({});
    const devices = await ask(net, 'GET', `/_matrix/federation/v1/user/devices/${inside.userId}`);
    expect(devices).toMatchObject({ status: 200, body: { devices: [] } });
    expect(Object.keys(at((await query(net.nora, inside.userId)).device_keys, inside.userId) ?? {})).toEqual([
      inside.deviceId,
    ]);
    expect(Object.keys(oneTime)).toHaveLength(2);
  });
});

describe('what another server is told of our people', () => {
  it('are all devices that encrypt, without their names, and the keys that are for others', async () => {
    await using net = await startOrganisations();
    const { deviceKeys, signer } = await encrypting(net.nora);
    await net.north.login('nora');
    const path = '/_matrix/federation/v1/user/devices/';
    const { status, body } = await ask(net, 'GET', `${path}${encodeURIComponent(net.nora.userId)}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      user_id: net.nora.userId,
      stream_id: expect.any(Number),
      devices: [{ device_id: net.nora.deviceId, keys: deviceKeys }],
      master_key: signer.upload.master_key,
      self_signing_key: signer.upload.self_signing_key,
    });
    expect((await ask(net, 'GET', `${path}@nobody:north.test`)).body.errcode).toBe('M_NOT_FOUND');
    expect((await ask(net, 'GET', `${path}${net.sam.userId}`)).body.errcode).toBe('M_INVALID_PARAM');
    expect((await ask(net, 'GET', `${path}nora`)).body.errcode).toBe('M_INVALID_PARAM');
  });

  it('is refused when the question is about others, or no question', async () => {
    await using net = await startOrganisations();
    const posted = async (what: string, body: JsonValue) => {
      const answer = await ask(net, 'POST', `/_matrix/federation/v1/user/keys/${what}`, body);
      return [answer.status, answer.body.errcode];
    };
    const { userId, deviceId } = net.sam;
    const others = { device_keys: { [net.nora.userId]: [], [userId]: [] } };
    expect(await posted('query', others)).toEqual([400, 'M_INVALID_PARAM']);
    const claims = { one_time_keys: { [userId]: { [deviceId]: 'signed_curve25519' } } };
    expect(await posted('claim', claims)).toEqual([400, 'M_INVALID_PARAM']);
    expect(await posted('query', {})).toEqual([400, 'M_MISSING_PARAM']);
    expect(await posted('claim', { one_time_keys: { [net.nora.userId]: [] } })).toEqual([400, 'M_BAD_JSON']);
    const many = Array.from({ length: 10_001 }, (_, index) => `D${index}`);
    expect(await posted('query', { device_keys: { [net.nora.userId]: many } })).toEqual([413, 'M_TOO_LARGE']);
    const unsigned = await net.north.call('POST', '/_matrix/federation/v1/user/keys/query', {
      device_keys: {},
    });
    expect(unsigned.status).toBe(401);
  });
});

describe('a server that answers with something else', () => {
  /** North with nora, and a server evil.test that answers what the test says. */
  const facing = async (answerTo: (request: TransportRequest) => Promise<JsonValue | string>) => {
    const respond = async (request: TransportRequest) => {
      const body = await answerTo(request);
      if (request.signal?.aborted) {
        return { kind: 'failed', code: 'aborted', reason: 'Nobody waits for it any more.' } as const;
      }
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      return { kind: 'response', status: 200, headers: {}, body: bytes } as const;
    };
    const none = async () => ({ kind: 'failed', code: 'unreachable', reason: 'There is nothing.' }) as const;
    const transport: FederationTransport = {
      request: respond,
      stream: none,
      streamUrl: none,
      [Symbol.asyncDispose]: async () => {},
    };
    const north = await startClientServer({ serverName: 'north.test', transport });
    const nora = await north.person('nora');
    const userId = parseUserId(nora.userId);
    if (userId !== undefined) await grantPermission(north.context, userId, 'access-federation');
    return { nora, [Symbol.asyncDispose]: () => north[Symbol.asyncDispose]() };
  };
  const evil = '@eve:evil.test';

  it('is believed only about what was asked, of whom it says it is', async () => {
    const eve = (deviceId: string) => newDevice({ userId: evil, deviceId }).deviceKeys;
    const mallory = newDevice({ userId: '@nora:north.test', deviceId: 'A' }).deviceKeys;
    const { upload: own } = newCrossSigner(evil);
    const { upload: foreign } = newCrossSigner('@nora:north.test');
    await using net = await facing(async () => ({
      device_keys: {
        [evil]: {
          GOOD: { ...eve('GOOD'), unsigned: { device_display_name: '<b>' } },
          OTHER: eve('ANOTHER'),
          STOLEN: mallory,
          EMPTY: {},
          TEXT: 'x',
          HUGE: { ...eve('HUGE'), more: 'x'.repeat(40_000) },
          FLOAT: { ...eve('FLOAT'), more: 0.5 },
          LIST: { ...eve('LIST'), signatures: [] },
        },
        '@nora:north.test': { A: mallory },
      },
      master_keys: { [evil]: foreign.master_key, '@nora:north.test': foreign.master_key },
      self_signing_keys: { [evil]: own.self_signing_key, '@nora:north.test': foreign.self_signing_key },
      user_signing_keys: { [evil]: own.user_signing_key },
    }));
    const found = await query(net.nora, evil, net.nora.userId);
    expect(Object.keys(at(found.device_keys, evil) ?? {})).toEqual(['GOOD']);
    expect(at(found.device_keys, evil, 'GOOD', 'unsigned')).toBeUndefined();
    expect(at(found.device_keys, net.nora.userId)).toEqual({});
    expect(found.master_keys).toEqual({});
    expect(found.self_signing_keys).toEqual({ [evil]: own.self_signing_key });
    expect(found.user_signing_keys).toEqual({});
  });

  it('gives of each device one key, of the algorithm that was asked for', async () => {
    const keys = newDevice({ userId: evil, deviceId: 'A' }).oneTimeKeys(2);
    const one: JsonObject = Object.values(keys).filter((key) => isJsonObject(key))[0] ?? {};
    await using net = await facing(async () => ({
      one_time_keys: {
        [evil]: {
          A: { 'other:AA': one, ...keys },
          B: { 'signed_curve25519:B': 'text' },
          C: { nameless: one },
          D: { 'signed_curve25519:D': { ...one, more: 'x'.repeat(40_000) } },
          E: [],
          UNASKED: keys,
        },
        '@nora:north.test': { A: keys },
      },
    }));
    const given = await claim(net.nora, evil, 'A', 'B', 'C', 'D', 'E');
    const [first = ''] = Object.keys(keys);
    expect(given.one_time_keys).toEqual({ [evil]: { A: { [first]: keys[first] } } });
  });

  it('is a failure when its answer is nothing, and the answer of the others does not wait for it', async () => {
    const never = Promise.withResolvers<JsonValue>();
    await using net = await facing(async ({ destination, signal }) => {
      signal?.addEventListener('abort', () => never.resolve({}), { once: true });
      if (destination === 'evil.test') return 'nothing of use';
      if (destination === 'list.test') return { device_keys: [], master_keys: 'x', self_signing_keys: 1 };
      return never.promise;
    });
    const body = {
      timeout: 100,
      device_keys: { [evil]: [], '@a:slow.test': [], '@b:list.test': [] },
    };
    const found = await net.nora.ok('POST', '/keys/query', body);
    expect(Object.keys(found.failures ?? {}).sort()).toEqual(['evil.test', 'slow.test']);
    expect(found.device_keys).toEqual({ '@b:list.test': {} });
  });
});
