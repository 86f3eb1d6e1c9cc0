import { StoreFullError } from '@causeway/homeserver';
import { startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';
import { createHttpApp } from './http-app.ts';

const body = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

const log = { info: () => {}, warn: () => {}, error: () => {} };

describe('the HTTP edge', () => {
  it('answers an unknown path with 404 and a wrong method with 405', async () => {
    await using server = await startClientServer();
    const unknown = await server.call('GET', '/_matrix/client/v3/nowhere');
    expect([unknown.status, unknown.body.errcode]).toEqual([404, 'M_UNRECOGNIZED']);
    const wrong = await server.call('DELETE', '/_matrix/client/versions');
    expect([wrong.status, wrong.body.errcode]).toEqual([405, 'M_UNRECOGNIZED']);
    const patch = await server.call('PATCH', '/_matrix/client/v3/sync');
    expect([patch.status, patch.body.errcode]).toEqual([405, 'M_UNRECOGNIZED']);
    const other = await server.call('POST', '/_matrix/client/v3/rooms/x/state/y', {});
    expect([other.status, other.body.errcode]).toEqual([405, 'M_UNRECOGNIZED']);
    const broken = await server.call('GET', '/_matrix/client/v3/profile/%E0%A4%A');
    expect([broken.status, broken.body.errcode]).toEqual([404, 'M_UNRECOGNIZED']);
  });

  it('says which part of a request is wrong', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const put = (path: string, text: string) =>
      server.app.inject({
        method: 'PUT',
        url: `/_matrix/client/v3${path}`,
        headers: { authorization: `Bearer ${alice.accessToken}` },
        body: text,
      });
    const { room_id } = await alice.ok('POST', '/createRoom', {});
    const send = `/rooms/${encodeURIComponent(String(room_id))}/send/m.room.message/t`;
    const cases: readonly (readonly [string, string])[] = [
      ['{"a":', 'M_NOT_JSON'],
      ['[]', 'M_BAD_JSON'],
      ['"text"', 'M_BAD_JSON'],
      ['{"a":1.5}', 'M_BAD_JSON'],
      ['{"a":9007199254740993}', 'M_BAD_JSON'],
      ['{"a":"\\ud800"}', 'M_BAD_JSON'],
    ];
    for (const [text, errcode] of cases) {
      const answer = await put(send, text);
      expect([text, answer.status, body(answer.bytes)]).toEqual([
        text,
        400,
        expect.objectContaining({ errcode }),
      ]);
    }
    const large = await put(send, JSON.stringify({ body: 'x'.repeat(70_000) }));
    expect([large.status, body(large.bytes)]).toEqual([
      413,
      expect.objectContaining({ errcode: 'M_TOO_LARGE' }),
    ]);
    const huge = await put(send, JSON.stringify({ body: 'x'.repeat(2_000_000) }));
    expect([huge.status, body(huge.bytes)]).toEqual([
      413,
      expect.objectContaining({ errcode: 'M_TOO_LARGE' }),
    ]);
    const missing = await alice.call('POST', `/rooms/${String(room_id)}/invite`, {});
    expect(missing.body).toEqual({ errcode: 'M_MISSING_PARAM', error: '"user_id" is missing.' });
    const wrong = await alice.call('POST', '/createRoom', { name: 1 });
    expect(wrong.body).toEqual({ errcode: 'M_BAD_JSON', error: '"name" must be a string.' });
  });

  it('keeps __proto__ as data', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { room_id } = await alice.ok('POST', '/createRoom', {});
    const answer = await server.app.inject({
      method: 'PUT',
      url: `/_matrix/client/v3/rooms/${encodeURIComponent(String(room_id))}/send/m.x/t`,
      headers: { authorization: `Bearer ${alice.accessToken}` },
      body: '{"__proto__":{"polluted":true}}',
    });
    const { event_id } = body(answer.bytes) as { event_id: string };
    const event = await server.app.inject({
      method: 'GET',
      url: `/_matrix/client/v3/rooms/${encodeURIComponent(String(room_id))}/event/${encodeURIComponent(event_id)}`,
      headers: { authorization: `Bearer ${alice.accessToken}` },
    });
    expect(Buffer.from(event.bytes).toString()).toContain('"__proto__":{"polluted":true}');
  });

  it('lets web pages call it, and answers OPTIONS without doing anything', async () => {
    await using server = await startClientServer();
    const { headers } = await server.call('GET', '/_matrix/client/versions');
    expect(headers['access-control-allow-origin']).toBe('*');
    const options = await server.call('OPTIONS', '/_matrix/client/v3/logout/all');
    expect(options.status).toBe(204);
    expect(options.headers['access-control-allow-methods']).toContain('PUT');
    const ours = await server.call('OPTIONS', '/_causeway/anything');
    expect(ours.headers['access-control-allow-origin']).toBeUndefined();
    const refused = await server.call('GET', '/_matrix/client/v3/sync');
    expect(refused.headers['access-control-allow-origin']).toBe('*');
  });

  it('wants a token, and a valid one', async () => {
    await using server = await startClientServer();
    const without = await server.call('GET', '/_matrix/client/v3/account/whoami');
    expect([without.status, without.body.errcode]).toEqual([401, 'M_MISSING_TOKEN']);
    const answer = await server.app.inject({
      method: 'GET',
      url: '/_matrix/client/v3/account/whoami',
      headers: { authorization: 'Bearer nonsense' },
    });
    expect([answer.status, body(answer.bytes)]).toEqual([
      401,
      expect.objectContaining({ errcode: 'M_UNKNOWN_TOKEN', soft_logout: false }),
    ]);
  });

  it('says that the disk is full, in words', async () => {
    const full = async () => {
      throw new StoreFullError({ cause: new Error('/home/causeway/data') });
    };
    await using app = await createHttpApp({
      routes: [{ method: 'GET', paths: ['/_full'], handle: full }],
      log,
    });
    const answer = await app.inject({ method: 'GET', url: '/_full' });
    expect(answer.status).toBe(500);
    expect(body(answer.bytes)).toEqual({
      errcode: 'M_UNKNOWN',
      error:
        'The disk of this server is full, so nothing was written. It takes this again when there is space.',
    });
  });

  it('tells nobody outside about a fault inside', async () => {
    const boom = async () => {
      throw new Error('the password is hunter2');
    };
    await using app = await createHttpApp({
      routes: [{ method: 'GET', paths: ['/_boom'], handle: boom }],
      log,
    });
    const answer = await app.inject({ method: 'GET', url: '/_boom' });
    expect(answer.status).toBe(500);
    expect(body(answer.bytes)).toEqual({
      errcode: 'M_UNKNOWN',
      error: 'Something went wrong on this server.',
    });
  });
});
