import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '@causeway/protocol';
import { makeAdmin, withAdmin } from '@causeway/testing/admins';
import { personOf, startClientServer } from '@causeway/testing/client-server';
import { newCrossSigner, newDevice } from '@causeway/testing/encrypting-client';
import { filesOf } from '@causeway/testing/tar';
import { at, list, say } from '@causeway/testing/organisations';
import { createAccount } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';

const ADMIN = '/_causeway/admin';

const setUp = async () => {
  const server = await startClientServer({ registration: 'open' });
  const [root, ada] = [await server.person('root'), await server.person('ada')];
  await makeAdmin(server, root);
  const login = (user: string, password: string) =>
    server.call('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
    });
  const secretIn = (body: JsonObject) => String(body.link).split('#')[1] ?? '';
  const link = (path: string, body: JsonObject) => server.call('POST', `/_causeway/links/${path}`, body);
  return { server, root, ada, login, secretIn, link };
};

describe('people, over HTTP', () => {
  it('are listed, searched and paged for admins alone', async () => {
    const { server, root, ada } = await setUp();
    await using _server = server;
    const { people, total, after } = await root.ok('GET', `${ADMIN}/people?limit=1`);
    expect([list(people).map((one) => one.user_id), total, after]).toEqual([[ada.userId], 2, 'ada']);
    expect(list(people)[0]).toMatchObject({ role: 'user', state: 'active', sessions: 1 });
    const found = await root.ok('GET', `${ADMIN}/people?search=ROOT`);
    expect(list(found.people).map((one) => one.user_id)).toEqual([root.userId]);
    expect((await root.call('GET', `${ADMIN}/people?state=gone`)).status).toBe(400);
    for (const path of ['people', `people/${ada.userId}`, `people/${ada.userId}/export`]) {
      expect((await ada.call('GET', `${ADMIN}/${path}`)).body).toMatchObject({ errcode: 'M_FORBIDDEN' });
    }
  });

  it('are made with a link for the first password, which is used once', async () => {
    const { server, root, login, secretIn, link } = await setUp();
    await using _server = server;
    const made = await root.ok('POST', `${ADMIN}/people`, {
      username: 'eve',
      display_name: 'Eve',
      role: 'guest',
    });
    expect(made).toMatchObject({
      person: { user_id: '@eve:north.test', role: 'guest', sign_in_methods: [], display_name: 'Eve' },
    });
    const secret = secretIn(made);
    expect((await link('password/look', { secret })).body).toMatchObject({ user_id: '@eve:north.test' });
    expect((await link('password', { secret, password: 'short' })).body.errcode).toBe('M_WEAK_PASSWORD');
    expect((await link('password', { secret, password: 'long enough' })).status).toBe(200);
    expect(await link('password', { secret, password: 'even longer' })).toMatchObject({
      status: 410,
      body: { errcode: 'CAUSEWAY_LINK_USED', error: expect.stringContaining('used already') },
    });
    expect((await login('eve', 'long enough')).status).toBe(200);
    const twice = await root.call('POST', `${ADMIN}/people`, { username: 'eve' });
    expect(twice.body.errcode).toBe('M_USER_IN_USE');
    const weak = await root.call('POST', `${ADMIN}/people`, { username: 'bob', password: 'short' });
    expect(weak.body.errcode).toBe('M_WEAK_PASSWORD');
  });

  it('come by an invitation link though registration is not open to them, once per double click', async () => {
    const { server, root, login, secretIn, link } = await setUp();
    await using _server = server;
    const made = await root.ok('POST', `${ADMIN}/invitation-links`, { note: 'for Eve', hours: 1 });
    expect(String(made.link)).toMatch(/^https:\/\/north\.test\/invitation#/);
    const secret = secretIn(made);
    expect((await link('invitation/look', { secret })).status).toBe(200);
    const body = { secret, username: 'eve', password: 'long enough' };
    const click = () =>
      server.app.inject({
        method: 'POST',
        url: '/_causeway/links/invitation',
        headers: { 'idempotency-key': 'same' },
        body: JSON.stringify(body),
      });
    const answers = await Promise.all([click(), click()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await link('invitation', { ...body, username: 'mallory' })).status).toBe(410);
    expect((await login('eve', 'long enough')).status).toBe(200);
    const { links } = await root.ok('GET', `${ADMIN}/invitation-links`);
    expect(list(links)).toMatchObject([{ state: 'used', used: 1, note: 'for Eve', created_by: root.userId }]);
    expect(JSON.stringify(links)).not.toContain(secret);
    const further = await root.ok('POST', `${ADMIN}/invitation-links`, {});
    await root.ok('DELETE', `${ADMIN}/invitation-links/${String(further.link_id)}`);
    expect((await link('invitation/look', { secret: secretIn(further) })).body).toMatchObject({
      errcode: 'CAUSEWAY_LINK_WITHDRAWN',
    });
  });

  it('are changed by one admin at a time', async () => {
    const { server, root, ada } = await setUp();
    await using _server = server;
    const path = `${ADMIN}/people/${ada.userId}`;
    const version = Number(at(await root.ok('GET', path), 'person', 'version'));
    await root.ok('PUT', `${path}/role`, { role: 'guest', version });
    const late = await root.call('PUT', `${path}/email`, { address: 'a@b.c', verified: true, version });
    expect(late).toMatchObject({ status: 409, body: { error: expect.stringContaining(root.userId) } });
    const late2 = await root.call('POST', `${path}/deactivation`, { version });
    expect(late2.status).toBe(409);
    const bad = await root.call('PUT', `${path}/email`, { address: 'not an address' });
    expect(bad.body.errcode).toBe('M_INVALID_PARAM');
    expect(
      await root.ok('PUT', `${path}/email`, { address: 'a@b.c', verified: true, version: version + 1 }),
    ).toMatchObject({ person: { email: 'a@b.c', email_verified: true, email_verified_by: root.userId } });
  });

  it('are signed out on one device, or on all, and a sync that waits gets nothing more', async () => {
    const { server, root, ada } = await setUp();
    await using _server = server;
    const phone = await server.login('ada');
    const path = `${ADMIN}/people/${ada.userId}/sessions`;
    expect(list((await root.ok('GET', path)).sessions)).toHaveLength(2);
    const { next_batch: since } = await phone.ok('GET', '/sync');
    const began = Date.now();
    const waiting = phone.call('GET', `/sync?since=${String(since)}&timeout=20000`);
    await ada.ok('GET', '/account/whoami');
    const left = await root.ok('DELETE', `${path}/${phone.deviceId}`);
    expect(list(left.sessions)).toMatchObject([{ device_id: ada.deviceId }]);
    // It does not wait for news of somebody who is gone.
    expect((await waiting).status).toBe(401);
    expect(Date.now() - began).toBeLessThan(15_000);
    expect((await phone.call('GET', '/account/whoami')).status).toBe(401);
    await ada.ok('GET', '/account/whoami');
    await root.ok('DELETE', path);
    expect((await ada.call('GET', '/account/whoami')).status).toBe(401);
    expect((await root.call('DELETE', `${path}/${phone.deviceId}`)).body.error).toContain('ended already');
  });

  it('leave a trace of everything in the audit log', async () => {
    const { server, root, ada } = await setUp();
    await using _server = server;
    const path = `${ADMIN}/people/${ada.userId}`;
    await root.ok('PUT', `${path}/email`, { address: 'ada@north.test' });
    await root.ok('POST', `${path}/password-link`);
    await root.call('GET', `${path}/export`);
    await root.ok('DELETE', `${path}/sessions`);
    await root.ok('POST', `${path}/deactivation`);
    await root.ok('POST', `${path}/reactivation`);
    await root.ok('POST', `${path}/deactivation`, { erase: true });
    const { entries } = await root.ok(
      'GET',
      `${ADMIN}/audit?actor=${encodeURIComponent(root.userId)}&target=${encodeURIComponent(ada.userId)}`,
    );
    expect(list(entries).map((entry) => entry.action)).toEqual([
      'account.erase',
      'account.reactivate',
      'account.deactivate',
      'sign-in.end-all',
      'account.export',
      'password-link.create',
      'account.email',
    ]);
  });
});

describe('registration tokens, over HTTP', () => {
  it('are made, listed, used up and withdrawn', async () => {
    await using server = await startClientServer({ registration: 'token', sharedSecret: 'x' });
    const register = (username: string, token: string) =>
      server.call('POST', '/_matrix/client/v3/register', {
        ...{ username, password: 'long enough' },
        auth: { type: 'm.login.registration_token', token },
      });
    await createAccount(server.context, { localpart: 'root', password: 'password of root', role: 'admin' });
    const root = await server.login('root');
    const path = `${ADMIN}/registration-tokens`;
    const bad = async (body: JsonObject) => (await root.call('POST', path, body)).body.errcode;
    expect(await bad({ token: 'not a token' })).toBe('M_INVALID_PARAM');
    expect(await bad({ uses: 0 })).toBe('M_INVALID_PARAM');
    expect(await bad({ expires_ts: 1 })).toBe('M_INVALID_PARAM');
    await root.ok('POST', path, { token: 'spring', uses: 1 });
    expect(await bad({ token: 'spring' })).toBe('M_INVALID_PARAM');
    const { token } = await root.ok('POST', path, {});
    expect(personOf(server.app, (await register('ann', 'spring')).body).userId).toBe('@ann:north.test');
    expect((await register('eve', 'spring')).status).toBe(401);
    await root.ok('DELETE', `${path}/${String(token)}`);
    expect((await register('eve', String(token))).status).toBe(401);
    const { tokens, registration } = await root.ok('GET', path);
    expect(registration).toBe('token');
    expect(list(tokens)).toMatchObject([
      { token, state: 'withdrawn', used: 0, created_by: root.userId },
      { token: 'spring', state: 'used', used: 1, uses: 1 },
    ]);
  });
});

describe('the export of a person', () => {
  it('has profile, rooms, what they wrote, files and account data, and says what is what', async () => {
    await using net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    const { room_id } = await ada.ok('POST', '/createRoom', { name: 'diary', invite: [net.sam.userId] });
    await say(ada, String(room_id), 'dear diary');
    await say(net.nora, await net.sharedRoom(), 'somebody else said this');
    await ada.ok('PUT', `/user/${ada.userId}/account_data/org.test.app`, { colour: 'green' });
    const device = newDevice(ada);
    const keys = { device_keys: device.deviceKeys, one_time_keys: device.oneTimeKeys(1) };
    await ada.ok('POST', '/keys/upload', keys);
    const signer = newCrossSigner(ada.userId);
    await ada.ok('POST', '/keys/device_signing/upload', signer.upload);
    const content = { algorithm: 'm.olm.v1.curve25519-aes-sha2', ciphertext: 'ciphertext of nora' };
    const messages = { [ada.userId]: { [ada.deviceId]: content } };
    await net.nora.ok('PUT', '/sendToDevice/m.room.encrypted/1', { messages });
    const bytes = Buffer.from('a picture, or so');
    const upload = await ada.call('POST', '/_matrix/media/v3/upload?filename=p.txt', bytes);
    const mediaId = String(upload.body.content_uri).split('/').at(-1);
    const answer = await net.nora.call('GET', `${ADMIN}/people/${ada.userId}/export`);
    expect(answer.headers['content-disposition']).toBe('attachment; filename="ada.tar.gz"');
    const files = filesOf(gunzipSync(answer.bytes));
    expect([...files.keys()]).toEqual([
      'README.txt',
      'profile.json',
      'sessions.json',
      'rooms.json',
      'account-data.json',
      'keys.json',
      'waiting-messages.json',
      'events/000001.jsonl',
      `files/${mediaId}`,
      'files.json',
    ]);
    expect(files.get('profile.json')).toContain(ada.userId);
    expect(files.get('rooms.json')).toContain('diary');
    expect(files.get('account-data.json')).toContain('green');
    expect(JSON.parse(files.get('keys.json') ?? '')).toEqual({
      devices: [{ ...keys, fallback_keys: {} }],
      cross_signing: {
        master: signer.upload.master_key,
        self_signing: signer.upload.self_signing_key,
        user_signing: signer.upload.user_signing_key,
      },
      signatures_of_others: [],
    });
    const waiting = { device_id: ada.deviceId, sender: net.nora.userId, type: 'm.room.encrypted' };
    expect(JSON.parse(files.get('waiting-messages.json') ?? '')).toEqual([
      { ...waiting, bytes: JSON.stringify(content).length },
    ]);
    expect([...files.values()].join()).not.toContain('ciphertext of nora');
    expect(files.get('events/000001.jsonl')).toContain('dear diary');
    expect([...files.values()].join()).not.toContain('somebody else said this');
    expect(files.get(`files/${mediaId}`)).toBe(bytes.toString());
    expect(files.get('files.json')).toContain('p.txt');
    for (const name of [...files.keys()].slice(1)) {
      expect(files.get('README.txt')).toContain(name.split('/')[0]);
    }
  });
});
