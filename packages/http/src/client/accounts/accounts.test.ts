import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestStore, personOf, startClientServer } from '@causeway/testing/client-server';
import { createRegistrationToken } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';

const register = '/_matrix/client/v3/register';
const dummy = { type: 'm.login.dummy' };

describe('accounts over the client API', () => {
  it('registers with one request when registration is open, and asks for the stage first', async () => {
    await using server = await startClientServer();
    const asked = await server.call('POST', register, { username: 'ann', password: 'long enough' });
    expect([asked.status, asked.body.flows]).toEqual([401, [{ stages: ['m.login.dummy'] }]]);
    const made = await server.call('POST', register, {
      username: 'ann',
      password: 'long enough',
      auth: dummy,
    });
    expect(made.body).toMatchObject({ user_id: '@ann:north.test', home_server: 'north.test' });
    const taken = await server.call('POST', register, {
      username: 'ann',
      password: 'long enough',
      auth: dummy,
    });
    expect([taken.status, taken.body.errcode]).toEqual([400, 'M_USER_IN_USE']);
    const bad = await server.call('POST', register, {
      username: 'Ann!',
      password: 'long enough',
      auth: dummy,
    });
    expect(bad.body.errcode).toBe('M_INVALID_USERNAME');
    const free = await server.call('GET', `${register}/available?username=free`);
    expect(free.body).toEqual({ available: true });
    const used = await server.call('GET', `${register}/available?username=ann`);
    expect([used.status, used.body.errcode]).toEqual([400, 'M_USER_IN_USE']);
    const quiet = await server.call('POST', register, {
      username: 'quiet',
      password: 'long enough',
      auth: dummy,
      inhibit_login: true,
    });
    expect(quiet.body.access_token).toBeUndefined();
  });

  it('registers nobody when registration is closed, but operators with the shared secret', async () => {
    await using server = await startClientServer({ registration: 'closed', sharedSecret: 'squeamish' });
    const closed = await server.call('POST', register, { username: 'ann', password: 'x', auth: dummy });
    expect([closed.status, closed.body.errcode]).toEqual([403, 'M_FORBIDDEN']);
    const path = '/_synapse/admin/v1/register';
    const { body: nonced } = await server.call('GET', path);
    const nonce = String(nonced.nonce);
    const mac = createHmac('sha1', 'squeamish').update(`${nonce}\0root\0long enough\0admin`).digest('hex');
    const request = { nonce, username: 'root', password: 'long enough', admin: true, mac };
    const made = await server.call('POST', path, request);
    expect(made.body).toMatchObject({ user_id: '@root:north.test' });
    expect((await server.call('POST', path, request)).status).toBe(400);
    const { body: second } = await server.call('GET', path);
    const forged = { ...request, nonce: String(second.nonce), username: 'eve' };
    expect((await server.call('POST', path, forged)).body.errcode).toBe('M_FORBIDDEN');
  });

  it('says whether a registration token is good where accounts are made by token, and nowhere else', async () => {
    await using server = await startClientServer({ registration: 'token' });
    const token = await createRegistrationToken(server.context, { uses: 1 });
    const validity = (query: string) =>
      server.call('GET', `/_matrix/client/v1/register/m.login.registration_token/validity${query}`);
    expect((await validity(`?token=${token}`)).body).toEqual({ valid: true });
    expect((await validity('?token=guessed')).body).toEqual({ valid: false });
    const unsaid = await validity('');
    expect([unsaid.status, unsaid.body.errcode]).toEqual([400, 'M_MISSING_PARAM']);
    await using open = await startClientServer();
    const path = '/_matrix/client/v1/register/m.login.registration_token/validity?token=x';
    expect((await open.call('GET', path)).body.errcode).toBe('M_FORBIDDEN');
  });

  it('ends an account with its password, and lists what is known of it until then', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    expect(await alice.ok('GET', '/account/3pid')).toEqual({ threepids: [] });
    const { devices } = await alice.ok('GET', '/devices');
    expect(devices).toEqual([expect.objectContaining({ device_id: alice.deviceId })]);
    const identifier = { type: 'm.id.user', user: 'alice' };
    const auth = (password: string) => ({ auth: { type: 'm.login.password', identifier, password } });
    expect((await alice.call('POST', '/account/deactivate', auth('wrong'))).status).toBe(401);
    expect(await alice.ok('POST', '/account/deactivate', auth('password of alice'))).toEqual({
      id_server_unbind_result: 'no-support',
    });
    expect((await alice.call('GET', '/account/whoami')).body.errcode).toBe('M_UNKNOWN_TOKEN');
    const login = { type: 'm.login.password', identifier, password: 'password of alice' };
    expect((await server.call('POST', '/_matrix/client/v3/login', login)).status).toBe(403);
  });

  it('logs in by identifier or user, and out', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const password = 'password of alice';
    const login = (body: object) =>
      server.call('POST', '/_matrix/client/v3/login', { type: 'm.login.password', ...body });
    const flows = await server.call('GET', '/_matrix/client/v3/login');
    expect(flows.body).toEqual({ flows: [{ type: 'm.login.password' }] });
    const session = await login({
      identifier: { type: 'm.id.user', user: 'alice' },
      password,
      device_id: 'PHONE',
    });
    expect(session.body).toMatchObject({ user_id: alice.userId, device_id: 'PHONE' });
    expect((await login({ user: alice.userId, password })).status).toBe(200);
    const wrong = await login({ identifier: { type: 'm.id.user', user: 'alice' }, password: 'guess' });
    expect([wrong.status, wrong.body.errcode]).toEqual([403, 'M_FORBIDDEN']);
    const phone = personOf(server.app, session.body);
    expect(await phone.ok('GET', '/account/whoami')).toEqual({
      user_id: alice.userId,
      device_id: 'PHONE',
      is_guest: false,
    });
    await phone.ok('POST', '/logout');
    expect((await phone.call('GET', '/account/whoami')).status).toBe(401);
    await alice.ok('GET', '/account/whoami');
    await alice.ok('POST', '/logout/all');
    expect((await alice.call('GET', '/account/whoami')).status).toBe(401);
  });

  it('lists, names and removes devices, and changes the password, with the password', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const path = `/devices/${alice.deviceId}`;
    await alice.ok('PUT', path, { display_name: 'Laptop' });
    expect(await alice.ok('GET', path)).toMatchObject({ device_id: alice.deviceId, display_name: 'Laptop' });
    const asked = await alice.call('POST', '/account/password', { new_password: 'even longer than before' });
    expect([asked.status, asked.body.flows]).toEqual([401, [{ stages: ['m.login.password'] }]]);
    const auth = (password: string) => ({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'alice' },
      password,
    });
    const change = { new_password: 'even longer than before', auth: auth('wrong') };
    expect((await alice.call('POST', '/account/password', change)).status).toBe(401);
    await alice.ok('POST', '/account/password', { ...change, auth: auth('password of alice') });
    expect((await alice.call('DELETE', path, {})).status).toBe(401);
    await alice.ok('DELETE', path, { auth: auth('even longer than before') });
    expect((await alice.call('GET', '/devices')).status).toBe(401);
  });

  it('keeps no password of an authentication exchange, however it ends', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'causeway-exchange-'));
    const store = await openTestStore(join(folder, 'any.db'));
    try {
      await using server = await startClientServer({ store });
      // Given before the stages are known, and never again.
      const begun = { username: 'ann', password: 'password that was given too early' };
      expect((await server.call('POST', register, begun)).status).toBe(401);
      const alice = await server.person('alice');
      const exchange = async (path: string, request: object, password: string, status: number) => {
        const asked = await alice.call('POST', path, { ...request });
        const auth = {
          type: 'm.login.password',
          user: 'alice',
          session: String(asked.body.session),
          password,
        };
        const headers = { 'idempotency-key': randomUUID() };
        const answer = await alice.call('POST', path, { ...request, auth }, headers);
        expect(answer.status).toBe(status);
      };
      const change = { new_password: 'password that is new' };
      await exchange('/account/password', change, 'password that is wrong', 401);
      await exchange('/account/password', change, 'password of alice', 200);
      await exchange('/delete_devices', { devices: ['PHONE'] }, 'password that is new', 200);
      await exchange('/account/deactivate', {}, 'password that is wrong', 401);
      const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
      expect(kept.join()).toContain('@alice:north.test');
      expect(kept.join()).toContain('$argon2id$');
      expect(kept.join()).not.toMatch(/password (?:that|of)/);
    } finally {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    }
  });
});
