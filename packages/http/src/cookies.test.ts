/** What another web site can have a browser send to us: everything but the token. */
import { randomUUID } from 'node:crypto';
import { type ClientServer, startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';
import { createHttpApp } from './http-app.ts';

/** As a form of another site is sent, which no browser asks about before. */
const FROM_ELSEWHERE = { 'content-type': 'text/plain', origin: 'https://other.test' };

const log = { info: () => {}, warn: () => {}, error: () => {} };

const cookiesWith = (token: string): string =>
  ['access_token', 'token', 'session', 'causeway', '__Host-causeway', 'authorization', 'mx_access_token']
    .map((name) => `${name}=${token}`)
    .join('; ');

/** Every operation, at every path that it has. */
const operationsOf = ({ routes }: ClientServer) =>
  routes.flatMap(({ method, paths }) =>
    paths.map((path) => ({ method, url: path.replaceAll(/:[A-Za-z]+|\*/g, 'any') })),
  );

describe('a cookie', () => {
  it('opens nothing: an operation that wants a token is closed without one, and no answer sets or allows one', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    // Some have paths of older versions, of which the specification's OpenAPI says nothing.
    await using app = await createHttpApp({ routes: server.routes, log });
    const headers = { ...FROM_ELSEWHERE, cookie: cookiesWith(alice.accessToken) };
    const closed: string[] = [];
    for (const { method, url } of operationsOf(server)) {
      const body = method === 'GET' ? {} : { body: '{}' };
      const plain = await app.inject({ method, url, headers: FROM_ELSEWHERE, ...body });
      const answer = await app.inject({ method, url, headers, ...body });
      expect([method, url, answer.status]).toEqual([method, url, plain.status]);
      expect([url, answer.headers['set-cookie']]).toEqual([url, undefined]);
      expect([url, answer.headers['access-control-allow-credentials']]).toEqual([url, undefined]);
      if (answer.status === 401 && Buffer.from(answer.bytes).toString().includes('M_MISSING_TOKEN'))
        closed.push(`${method} ${url}`);
    }
    expect(closed).toContain('POST /_matrix/client/v3/createRoom');
    expect(closed).toContain('PUT /_causeway/admin/settings/any');
    expect(closed).toContain('POST /_matrix/media/v3/upload');
    // The same requests, with the token where it belongs.
    const authorization = `Bearer ${alice.accessToken}`;
    const open = await Promise.all(
      closed
        .filter((one) => one.startsWith('GET ') && !one.endsWith('/sync'))
        // Its token is of another kind, and stands in the address.
        .filter((one) => !one.endsWith('/openid/userinfo'))
        .map(async (one) => {
          const url = one.slice('GET '.length);
          return (await app.inject({ method: 'GET', url, headers: { authorization } })).status;
        }),
    );
    expect(open.filter((status) => status === 401)).toEqual([]);
    expect(open.length).toBeGreaterThan(50);
  });

  it('is not set by signing in, and does not let another site write in the name of who is signed in', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { headers } = await server.call('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'alice' },
      password: 'password of alice',
    });
    expect(headers['set-cookie']).toBeUndefined();
    const forged = await server.app.inject({
      method: 'POST',
      url: '/_matrix/client/v3/createRoom',
      headers: { ...FROM_ELSEWHERE, cookie: cookiesWith(alice.accessToken) },
      body: JSON.stringify({ name: randomUUID() }),
    });
    expect(forged.status).toBe(401);
    expect(await alice.ok('GET', '/joined_rooms')).toEqual({ joined_rooms: [] });
  });
});
