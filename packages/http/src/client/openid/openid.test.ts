/** Showing third parties who one is. */
import { type Clock, openidTokens, systemClock } from '@causeway/homeserver';
import { type ClientServer, type Person, startClientServer } from '@causeway/testing/client-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let server: ClientServer;
let ada: Person;
let later = 0;
const clock: Clock = { now: () => Date.now() + later, schedule: systemClock.schedule };

beforeEach(async () => {
  later = 0;
  server = await startClientServer({ clock });
  ada = await server.person('ada');
});
afterEach(() => server[Symbol.asyncDispose]());

const request = (by: Person, userId = by.userId) =>
  by.call('POST', `/user/${encodeURIComponent(userId)}/openid/request_token`, {});

const tokenOf = async (by: Person) => String((await request(by)).body['access_token']);

const who = (token: string) =>
  server.call('GET', `/_matrix/federation/v1/openid/userinfo?access_token=${encodeURIComponent(token)}`);

const kept = () => server.engine.store.read((reader) => reader.scan(openidTokens, {}));

const isUnknown = async (token: string) => {
  const { status, body } = await who(token);
  expect([status, body['errcode']]).toEqual([401, 'M_UNKNOWN_TOKEN']);
};

describe('OpenID', () => {
  it('tells who made a token, and to whom it is given nothing else', async () => {
    const { status, body } = await request(ada);
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      matrix_server_name: 'north.test',
      expires_in: 3600,
    });
    const token = String(body['access_token']);
    expect((await who(token)).body).toEqual({ sub: ada.userId });
    const asClient = await server.app.inject({
      method: 'GET',
      url: '/_matrix/client/v3/account/whoami',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(asClient.status).toBe(401);
    await isUnknown(ada.accessToken);
  });

  it('keeps no token as it is', async () => {
    const token = await tokenOf(ada);
    const [row] = await kept();
    expect(row?.token_hash).toHaveLength(32);
    expect(JSON.stringify(row)).not.toContain(token);
  });

  it('knows no token that was not made, has expired, or is of an account that has ended', async () => {
    for (const token of ['', 'x', 'x'.repeat(100_000)]) await isUnknown(token);
    const expired = await tokenOf(ada);
    later = 3_600_000;
    await isUnknown(expired);
    const another = await tokenOf(ada);
    expect(await kept()).toHaveLength(1);
    await ada.ok('POST', '/account/deactivate', {
      auth: {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: 'ada' },
        password: 'password of ada',
      },
    });
    await isUnknown(another);
    expect(await kept()).toEqual([]);
    const missing = await server.call('GET', '/_matrix/federation/v1/openid/userinfo');
    expect([missing.status, missing.body['errcode']]).toEqual([401, 'M_MISSING_TOKEN']);
  });

  it('is for oneself, and keeps the newest 100', async () => {
    const ben = await server.person('ben');
    const { status, body } = await request(ada, ben.userId);
    expect([status, body['errcode']]).toEqual([403, 'M_FORBIDDEN']);
    const first = await tokenOf(ada);
    for (let made = 0; made < 99; made++) await request(ada);
    expect((await who(first)).status).toBe(200);
    const last = await tokenOf(ada);
    await isUnknown(first);
    expect((await who(last)).status).toBe(200);
    expect(await kept()).toHaveLength(100);
  });
});
