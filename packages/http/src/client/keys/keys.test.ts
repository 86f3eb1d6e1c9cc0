/** What clients that encrypt keep on their server, and what others of the same server get of it. */
import { deviceKeys, noteRestore, uploadKeys } from '@causeway/homeserver';
import { type JsonObject, type JsonValue, parseUserId } from '@causeway/protocol';
import { type Person, personOf, startClientServer } from '@causeway/testing/client-server';
import { newCrossSigner, newDevice } from '@causeway/testing/encrypting-client';
import { at } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const upload = (person: Person, body: JsonObject) => person.ok('POST', '/keys/upload', body);

const refusal = async (person: Person, path: string, body: JsonValue) => {
  const answer = await person.call('POST', path, body);
  return [answer.status, answer.body.errcode];
};

const claimOf = ({ userId, deviceId }: Person): JsonObject => ({
  one_time_keys: { [userId]: { [deviceId]: 'signed_curve25519' } },
});

/** The names of the keys that were given. */
const claim = async (by: Person, of: Person): Promise<readonly string[]> => {
  const answer = await by.ok('POST', '/keys/claim', claimOf(of));
  return Object.keys(at(answer.one_time_keys, of.userId, of.deviceId) ?? {});
};

const query = (by: Person, ...people: readonly Person[]) =>
  by.ok('POST', '/keys/query', {
    device_keys: Object.fromEntries(people.map(({ userId }) => [userId, []])),
  });

const sync = (person: Person, since?: JsonValue, timeout = 0) =>
  person.ok('GET', `/sync?timeout=${timeout}${since === undefined ? '' : `&since=${String(since)}`}`);

const passwordOf = (person: Person) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: person.userId },
  password: `password of ${person.userId.slice(1).split(':')[0]}`,
});

describe('keys of devices', () => {
  it('are shown to others as they were signed, with the name of the device', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const device = newDevice(ada);
    const counted = await upload(ada, {
      device_keys: { ...device.deviceKeys, unsigned: { note: 'mine' } },
      one_time_keys: device.oneTimeKeys(3),
    });
    expect(counted.one_time_key_counts).toEqual({ signed_curve25519: 3 });
    await ada.ok('PUT', `/devices/${ada.deviceId}`, { display_name: 'Phone of Ada' });
    const found = await query(bob, ada, bob);
    expect(at(found.device_keys, ada.userId)).toEqual({
      [ada.deviceId]: { ...device.deviceKeys, unsigned: { device_display_name: 'Phone of Ada' } },
    });
    expect(at(found.device_keys, bob.userId)).toEqual({});
    const asked = { device_keys: { [ada.userId]: ['SOMETHING'] } };
    expect(at((await bob.ok('POST', '/keys/query', asked)).device_keys, ada.userId)).toEqual({});
  });

  it('go with the session, and with the account', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const phone = await server.login('ada');
    const keys = [newDevice(ada), newDevice(phone)] as const;
    await upload(ada, { device_keys: keys[0].deviceKeys, one_time_keys: keys[0].oneTimeKeys(1) });
    await upload(phone, {
      device_keys: keys[1].deviceKeys,
      one_time_keys: keys[1].oneTimeKeys(1),
      fallback_keys: keys[1].fallbackKey(),
    });
    await ada.ok('POST', '/keys/device_signing/upload', newCrossSigner(ada.userId).upload);
    await phone.ok('POST', '/logout');
    const left = await query(bob, ada);
    expect(Object.keys(at(left.device_keys, ada.userId) ?? {})).toEqual([ada.deviceId]);
    expect(await claim(bob, phone)).toEqual([]);
    await ada.ok('POST', '/account/deactivate', { auth: passwordOf(ada) });
    const ended = await query(bob, ada);
    expect(at(ended.device_keys, ada.userId)).toEqual({});
    expect(ended.master_keys).toEqual({});
    expect(await claim(bob, ada)).toEqual([]);
  });

  it('are refused when they are not of this device, or no keys', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const { deviceKeys, signer } = newDevice(ada);
    const refused = (keys: JsonObject) => refusal(ada, '/keys/upload', { device_keys: keys });
    const INVALID = [400, 'M_INVALID_PARAM'];
    expect(await refused(newDevice(bob).deviceKeys)).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, device_id: 'ANOTHER' })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, algorithms: 'm.olm' })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, algorithms: [1] })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, keys: {} })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, keys: { [signer.keyId]: 7 } })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, keys: { [signer.keyId]: signer.publicKey } })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, signatures: {} })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, signatures: { [ada.userId]: 'x' } })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, more: 'x'.repeat(40_000) })).toEqual(INVALID);
    expect(await refused({ ...deviceKeys, more: 1.5 })).toEqual(INVALID);
    expect(await refusal(ada, '/keys/upload', { device_keys: 'x' })).toEqual([400, 'M_BAD_JSON']);
    expect(at((await query(bob, ada)).device_keys, ada.userId)).toEqual({});
  });

  it('take what belonged to them along when the device begins anew', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const [old, young] = [newDevice(ada), newDevice(ada)];
    const before = { one_time_keys: old.oneTimeKeys(2), fallback_keys: old.fallbackKey() };
    await upload(ada, { device_keys: old.deviceKeys, ...before });
    const more = old.signer.sign({ ...old.deviceKeys, algorithms: ['m.olm.v2'] });
    expect((await upload(ada, { device_keys: more })).one_time_key_counts).toEqual({ signed_curve25519: 2 });
    const after = { device_keys: young.deviceKeys, one_time_keys: young.oneTimeKeys(1) };
    expect((await upload(ada, after)).one_time_key_counts).toEqual({ signed_curve25519: 1 });
    expect(at((await query(bob, ada)).device_keys, ada.userId, ada.deviceId)).toEqual(young.deviceKeys);
    const given = await bob.ok('POST', '/keys/claim', claimOf(ada));
    expect(at(given.one_time_keys, ada.userId, ada.deviceId)).toEqual(after.one_time_keys);
    expect(await claim(bob, ada)).toEqual([]);
  });

  it('are of so many devices of a person at most', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const { deviceKeys: keys } = newDevice(ada);
    await upload(ada, { device_keys: keys });
    await server.store.transact(async (tx) => {
      const [row] = await tx.scan(deviceKeys, {});
      if (row === undefined) throw new Error('nothing was kept');
      for (let n = 1; n < 1_000; n++) await tx.insert(deviceKeys, { ...row, device_id: `D${n}` });
    });
    const phone = await server.login('ada');
    const refused = await refusal(phone, '/keys/upload', { device_keys: newDevice(phone).deviceKeys });
    expect(refused).toEqual([413, 'M_TOO_LARGE']);
    await upload(ada, { device_keys: newDevice(ada).deviceKeys });
  });

  it('are not kept of a device that was signed out, nor by a host that knows no devices', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const userId = parseUserId(ada.userId);
    if (userId === undefined) throw new Error('no user ID');
    const { deviceKeys } = newDevice(ada);
    const upload = { userId, deviceId: ada.deviceId, deviceKeys };
    await ada.ok('POST', '/logout');
    await expect(uploadKeys(server.engine, upload)).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
    const { devices: _devices, ...directory } = server.engine.directory;
    await expect(uploadKeys({ ...server.engine, directory }, upload)).rejects.toMatchObject({
      errcode: 'M_UNRECOGNIZED',
    });
  });

  it('keep the signatures of their person when the device sends them again', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const { deviceKeys } = newDevice(ada);
    const person = newCrossSigner(ada.userId);
    await upload(ada, { device_keys: deviceKeys });
    await ada.ok('POST', '/keys/device_signing/upload', person.upload);
    const signed = person.selfSigning.sign(deviceKeys);
    const body = { [ada.userId]: { [ada.deviceId]: signed } };
    expect(await ada.ok('POST', '/keys/signatures/upload', body)).toEqual({ failures: {} });
    await upload(ada, { device_keys: deviceKeys });
    const found = await query(ada, ada);
    expect(at(found.device_keys, ada.userId, ada.deviceId, 'signatures')).toEqual(signed.signatures);
  });

  it('are asked for in the form of the specification only', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const asked = (body: JsonObject) => refusal(ada, '/keys/query', body);
    expect(await asked({})).toEqual([400, 'M_MISSING_PARAM']);
    expect(await asked({ device_keys: [] })).toEqual([400, 'M_BAD_JSON']);
    expect(await asked({ device_keys: { [ada.userId]: [1] } })).toEqual([400, 'M_BAD_JSON']);
    expect(await asked({ device_keys: { ada: [] } })).toEqual([400, 'M_INVALID_PARAM']);
    expect(await asked({ device_keys: {}, timeout: -1 })).toEqual([400, 'M_INVALID_PARAM']);
    const many = Array.from({ length: 10_001 }, (_, index) => `D${index}`);
    expect(await asked({ device_keys: { [ada.userId]: many } })).toEqual([413, 'M_TOO_LARGE']);
    const claimed = (body: JsonObject) => refusal(ada, '/keys/claim', body);
    expect(await claimed({})).toEqual([400, 'M_MISSING_PARAM']);
    expect(await claimed({ one_time_keys: { [ada.userId]: [] } })).toEqual([400, 'M_BAD_JSON']);
    expect(await claimed({ one_time_keys: { [ada.userId]: { A: 1 } } })).toEqual([400, 'M_BAD_JSON']);
  });
});

describe('one-time keys', () => {
  it('are given out once each, the oldest upload first, and then the fallback key', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const device = newDevice(ada);
    const first = device.oneTimeKeys(1);
    const second = device.oneTimeKeys(1);
    const fallback = device.fallbackKey();
    await upload(ada, { device_keys: device.deviceKeys, one_time_keys: first });
    await upload(ada, { one_time_keys: second, fallback_keys: fallback });
    const given = await bob.ok('POST', '/keys/claim', claimOf(ada));
    expect(given).toEqual({ one_time_keys: { [ada.userId]: { [ada.deviceId]: first } }, failures: {} });
    expect(await claim(bob, ada)).toEqual(Object.keys(second));
    expect(await claim(bob, ada)).toEqual(Object.keys(fallback));
    expect(await claim(bob, ada)).toEqual(Object.keys(fallback));
    expect(await claim(bob, bob)).toEqual([]);
    const other = device.fallbackKey();
    await upload(ada, { fallback_keys: other });
    expect(await claim(bob, ada)).toEqual(Object.keys(other));
  });

  it('are never given twice, however many claim at once, on two devices and after a restart', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const phone = await server.login('ada');
    const [one, two] = [newDevice(ada), newDevice(phone)];
    await upload(ada, { device_keys: one.deviceKeys, one_time_keys: one.oneTimeKeys(20) });
    await upload(phone, { device_keys: two.deviceKeys, one_time_keys: two.oneTimeKeys(20) });
    const ofOne = await Promise.all(Array.from({ length: 15 }, () => claim(bob, ada)));
    await using again = await startClientServer({ store: server.store });
    const bobAgain = personOf(again.app, {
      user_id: bob.userId,
      device_id: bob.deviceId,
      access_token: bob.accessToken,
    });
    const later = await Promise.all(
      Array.from({ length: 10 }, (_, turn) => claim(turn % 2 === 0 ? bobAgain : bob, ada)),
    );
    const names = [...ofOne, ...later].flat();
    expect(names).toHaveLength(20);
    expect(new Set(names).size).toBe(20);
    expect(await claim(bobAgain, phone)).toHaveLength(1);
  });

  it('that were given out are not taken again from a device that missed the answer', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const device = newDevice(ada);
    const keys = device.oneTimeKeys(2);
    await upload(ada, { device_keys: device.deviceKeys, one_time_keys: keys });
    const [given] = await claim(bob, ada);
    const again = await upload(ada, { one_time_keys: keys });
    expect(again.one_time_key_counts).toEqual({ signed_curve25519: 1 });
    expect(await claim(bob, ada)).toEqual(Object.keys(keys).filter((name) => name !== given));
    expect(await claim(bob, ada)).toEqual([]);
  });

  it('are taken with what they are, or not at all', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const device = newDevice(ada);
    const [name = '', key = ''] = Object.entries(device.oneTimeKeys(1))[0] ?? [];
    await upload(ada, { one_time_keys: { [name]: key } });
    await upload(ada, { one_time_keys: { [name]: key } });
    const refused = (body: JsonObject) => refusal(ada, '/keys/upload', body);
    const INVALID = [400, 'M_INVALID_PARAM'];
    const different = { [name]: Object.values(device.oneTimeKeys(1))[0] ?? '' };
    expect(await refused({ one_time_keys: { ...device.oneTimeKeys(1), ...different } })).toEqual(INVALID);
    expect(await refused({ one_time_keys: { nameless: key } })).toEqual(INVALID);
    expect(await refused({ one_time_keys: { 'signed_curve25519:A': 'plain' } })).toEqual(INVALID);
    expect(await refused({ one_time_keys: { 'signed_curve25519:A': { key: 1 } } })).toEqual(INVALID);
    expect(await refused({ one_time_keys: { 'curve25519:A': 7 } })).toEqual(INVALID);
    expect(await refused({ one_time_keys: { [`x:${'y'.repeat(300)}`]: 'z' } })).toEqual(INVALID);
    expect(await refused({ one_time_keys: { 'curve25519:A': 'x'.repeat(40_000) } })).toEqual(INVALID);
    const two = { fallback_keys: { ...device.fallbackKey(), ...device.fallbackKey() } };
    expect(await refused(two)).toEqual(INVALID);
    const plain = Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`curve25519:${n}`, 'key']));
    expect(await refused({ one_time_keys: plain })).toEqual([413, 'M_TOO_LARGE']);
    expect((await upload(ada, {})).one_time_key_counts).toEqual({ signed_curve25519: 1 });
  });

  it('are counted in sync, which wakes when one is claimed', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const device = newDevice(ada);
    const body = { one_time_keys: device.oneTimeKeys(1), fallback_keys: device.fallbackKey() };
    await upload(ada, { device_keys: device.deviceKeys, ...body });
    let response = await sync(ada);
    const shown = () => [response.device_one_time_keys_count, response.device_unused_fallback_key_types];
    expect(shown()).toEqual([{ signed_curve25519: 1 }, ['signed_curve25519']]);
    const next = async () => {
      const waiting = sync(ada, response.next_batch, 20_000);
      await claim(bob, ada);
      response = await waiting;
    };
    await next();
    expect(shown()).toEqual([{ signed_curve25519: 0 }, ['signed_curve25519']]);
    await next();
    expect(shown()).toEqual([{ signed_curve25519: 0 }, []]);
    await upload(ada, { fallback_keys: device.fallbackKey() });
    response = await sync(ada);
    expect(shown()).toEqual([{ signed_curve25519: 0 }, ['signed_curve25519']]);
  });

  it('count as given out after a backup was restored, and fallback keys stay', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const device = newDevice(ada);
    const keys = device.oneTimeKeys(3);
    const fallback = device.fallbackKey();
    await upload(ada, { device_keys: device.deviceKeys, one_time_keys: keys, fallback_keys: fallback });
    await server.store.transact((tx) => noteRestore(tx, Date.now()));
    expect((await sync(ada)).device_one_time_keys_count).toEqual({ signed_curve25519: 0 });
    await upload(ada, { one_time_keys: keys });
    expect(await claim(bob, ada)).toEqual(Object.keys(fallback));
    await upload(ada, { one_time_keys: device.oneTimeKeys(1) });
    expect(await claim(bob, ada)).not.toEqual(Object.keys(fallback));
  });
});

describe('cross-signing keys', () => {
  const path = '/keys/device_signing/upload';

  it('are shown to everybody, but for the user-signing key', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const { upload: keys } = newCrossSigner(ada.userId);
    expect(await ada.ok('POST', path, keys)).toEqual({});
    const seen = await query(bob, ada);
    expect(seen.master_keys).toEqual({ [ada.userId]: keys.master_key });
    expect(seen.self_signing_keys).toEqual({ [ada.userId]: keys.self_signing_key });
    expect(seen.user_signing_keys).toEqual({});
    const own = await query(ada, ada);
    expect(own.user_signing_keys).toEqual({ [ada.userId]: keys.user_signing_key });
  });

  it('are replaced only by who proves who they are, the first ones and the same ones by anybody signed in', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const [first, second] = [newCrossSigner(ada.userId), newCrossSigner(ada.userId)];
    await ada.ok('POST', path, first.upload);
    await ada.ok('POST', path, first.upload);
    const asked = await ada.call('POST', path, second.upload);
    expect([asked.status, asked.body.flows]).toEqual([401, [{ stages: ['m.login.password'] }]]);
    const wrong = { ...passwordOf(ada), password: 'wrong' };
    expect(await refusal(ada, path, { ...second.upload, auth: wrong })).toEqual([401, 'M_FORBIDDEN']);
    expect((await query(ada, ada)).master_keys).toEqual({ [ada.userId]: first.upload.master_key });
    const other = newCrossSigner(ada.userId, first.master).upload.self_signing_key;
    expect((await ada.call('POST', path, { self_signing_key: other })).status).toBe(401);
    await ada.ok('POST', path, { ...second.upload, auth: passwordOf(ada) });
    expect((await query(ada, ada)).master_keys).toEqual({ [ada.userId]: second.upload.master_key });
    const next = newCrossSigner(ada.userId, second.master).upload.self_signing_key;
    await ada.ok('POST', path, { self_signing_key: next, auth: passwordOf(ada) });
    const now = await query(ada, ada);
    expect(now.self_signing_keys).toEqual({ [ada.userId]: next });
    expect(now.user_signing_keys).toEqual({ [ada.userId]: second.upload.user_signing_key });
  });

  it('are refused when the master key did not sign them, or they are no keys', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const [one, two] = [newCrossSigner(ada.userId).upload, newCrossSigner(ada.userId).upload];
    const refused = (body: JsonObject) => refusal(ada, path, body);
    const mixed = { master_key: one.master_key, self_signing_key: two.self_signing_key };
    expect(await refused(mixed)).toEqual([400, 'M_INVALID_SIGNATURE']);
    expect(await refused({ self_signing_key: one.self_signing_key })).toEqual([400, 'M_MISSING_PARAM']);
    expect(await refused({})).toEqual([400, 'M_MISSING_PARAM']);
    const INVALID = [400, 'M_INVALID_PARAM'];
    expect(await refused(newCrossSigner(bob.userId).upload)).toEqual(INVALID);
    expect(await refused({ master_key: one.self_signing_key })).toEqual(INVALID);
    expect(await refused({ master_key: { ...one.master_key, keys: { 'ed25519:x': 'x' } } })).toEqual(INVALID);
    const small = 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    const weak = { ...one.master_key, keys: { [`ed25519:${small}`]: small } };
    expect(await refused({ master_key: weak })).toEqual(INVALID);
    expect((await query(ada, ada)).master_keys).toEqual({});
  });

  it('and devices do not have one name', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const person = newCrossSigner(ada.userId);
    const login = { ...passwordOf(ada), device_id: person.master.publicKey };
    const named = await server.call('POST', '/_matrix/client/v3/login', login);
    expect(named.status).toBe(200);
    expect(await refusal(ada, path, person.upload)).toEqual([403, 'M_FORBIDDEN']);
    await ada.ok('DELETE', `/devices/${encodeURIComponent(person.master.publicKey)}`, {
      auth: passwordOf(ada),
    });
    await ada.ok('POST', path, person.upload);
    const again = await server.call('POST', '/_matrix/client/v3/login', login);
    expect([again.status, again.body.errcode]).toEqual([403, 'M_FORBIDDEN']);
  });
});

describe('signatures', () => {
  const path = '/keys/signatures/upload';
  const signing = async () => {
    const server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const device = newDevice(ada);
    const [one, two] = [newCrossSigner(ada.userId), newCrossSigner(bob.userId)];
    await upload(ada, { device_keys: device.deviceKeys });
    await ada.ok('POST', '/keys/device_signing/upload', one.upload);
    await bob.ok('POST', '/keys/device_signing/upload', two.upload);
    return { server, ada, bob, device, one, two, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  };

  it('by the self-signing key and by devices are for everybody, by the user-signing key for who made them', async () => {
    await using all = await signing();
    const { ada, bob, device, one, two } = all;
    const ownDevice = one.selfSigning.sign(device.deviceKeys);
    const ownMaster = device.signer.sign(one.upload.master_key);
    const ofBob = one.userSigning.sign(two.upload.master_key);
    const body = {
      [ada.userId]: { [ada.deviceId]: ownDevice, [one.master.publicKey]: ownMaster },
      [bob.userId]: { [two.master.publicKey]: ofBob },
    };
    expect(await ada.ok('POST', path, body)).toEqual({ failures: {} });
    const seen = await query(bob, ada, bob);
    expect(at(seen.device_keys, ada.userId, ada.deviceId)).toEqual(ownDevice);
    expect(at(seen.master_keys, ada.userId)).toEqual(ownMaster);
    expect(at(seen.master_keys, bob.userId)).toEqual(two.upload.master_key);
    expect(at((await query(ada, bob)).master_keys, bob.userId)).toEqual(ofBob);
    const replaced = newCrossSigner(ada.userId, one.master).upload.user_signing_key;
    const auth = passwordOf(ada);
    await ada.ok('POST', '/keys/device_signing/upload', { user_signing_key: replaced, auth });
    expect(at((await query(ada, bob)).master_keys, bob.userId)).toEqual(two.upload.master_key);
  });

  it('that are not right fail each by itself', async () => {
    await using all = await signing();
    const { ada, bob, device, one, two } = all;
    const { deviceKeys } = device;
    const forged = { ...two.selfSigning.sign(deviceKeys) };
    const failureOf = async (userId: string, name: string, object: JsonValue) => {
      const good = { [ada.deviceId]: one.selfSigning.sign(deviceKeys) };
      const ofUser = { ...(userId === ada.userId && name !== ada.deviceId ? good : {}), [name]: object };
      const answer = await ada.ok('POST', path, { [userId]: ofUser });
      expect(Object.keys(at(answer.failures, userId) ?? {})).toEqual([name]);
      return at(answer.failures, userId, name, 'errcode');
    };
    const INVALID = 'M_INVALID_SIGNATURE';
    expect(await failureOf(ada.userId, ada.deviceId, deviceKeys)).toBe(INVALID);
    expect(await failureOf(ada.userId, ada.deviceId, forged)).toBe(INVALID);
    const changed = one.selfSigning.sign({ ...deviceKeys, algorithms: [] });
    expect(await failureOf(ada.userId, ada.deviceId, changed)).toBe('M_INVALID_PARAM');
    const bad = { [ada.userId]: { [one.selfSigning.keyId]: 'AAAA' } };
    expect(await failureOf(ada.userId, ada.deviceId, { ...deviceKeys, signatures: bad })).toBe(INVALID);
    expect(await failureOf(ada.userId, 'NOTHING', deviceKeys)).toBe('M_NOT_FOUND');
    expect(await failureOf(ada.userId, 'NOTHING', 'text')).toBe('M_INVALID_PARAM');
    const byMaster = one.master.sign(two.upload.master_key);
    expect(await failureOf(bob.userId, two.master.publicKey, byMaster)).toBe(INVALID);
    const notMaster = one.userSigning.sign(two.upload.self_signing_key);
    expect(await failureOf(bob.userId, two.selfSigning.publicKey, notMaster)).toBe('M_NOT_FOUND');
    expect(at((await query(ada, bob)).master_keys, bob.userId)).toEqual(two.upload.master_key);
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`D${n}`, {}]));
    expect(await refusal(ada, path, { [ada.userId]: many })).toEqual([413, 'M_TOO_LARGE']);
  });
});

describe('backups of keys', () => {
  it('are none', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const backup = await alice.call('GET', '/room_keys/version');
    expect([backup.status, backup.body.errcode]).toEqual([404, 'M_NOT_FOUND']);
  });
});
