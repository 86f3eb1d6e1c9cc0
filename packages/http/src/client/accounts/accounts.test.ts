import { createHmac } from 'node:crypto';
import { personOf, startClientServer } from '@causeway/testing/client-server';
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
});
