/** Messages between devices of one server, as clients send and get them. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteRestore } from '@causeway/homeserver';
import type { JsonObject } from '@causeway/protocol';
import { copyDatabase } from '@causeway/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientServer, openTestStore, type Person, startClientServer } from '../client-server.ts';
import { again, type Got, messagesIn, messagesTo, sendTo } from './post-office.ts';

let server: ClientServer;
let ada: Person;
let bea: Person;
/** Bea's second device. */
let beasPhone: Person;

beforeEach(async () => {
  server = await startClientServer();
  ada = await server.person('ada');
  bea = await server.person('bea');
  beasPhone = await server.login('bea');
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await server.store[Symbol.asyncDispose]();
});

const syncOf = (person: Person, since?: unknown, more = '') =>
  person.ok('GET', `/sync?${since === undefined ? '' : `since=${String(since)}`}${more}`);

const numbersIn = (messages: readonly Got[]) => messages.map(({ content }) => content['n']);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a message for a device', () => {
  it('comes with the next sync of that device, who sent it and what it is', async () => {
    await sendTo(ada, beasPhone, { n: 1, nested: { list: [1, 'ü', null, true] } });
    expect(messagesIn(await syncOf(bea))).toEqual([]);
    expect(messagesIn(await syncOf(beasPhone))).toEqual([
      { sender: ada.userId, type: 'm.test', content: { n: 1, nested: { list: [1, 'ü', null, true] } } },
    ]);
  });

  it('goes to all devices of a person for *, and what is for one of them alone takes its place there', async () => {
    await ada.ok('PUT', '/sendToDevice/m.test/1', {
      messages: { [bea.userId]: { [bea.deviceId]: { n: 1 }, '*': { n: 2 } } },
    });
    expect(numbersIn(messagesIn(await syncOf(bea)))).toEqual([1]);
    expect(numbersIn(messagesIn(await syncOf(beasPhone)))).toEqual([2]);
    // Oneself included.
    await sendTo(ada, { userId: ada.userId }, { n: 3 });
    expect(numbersIn(messagesIn(await syncOf(ada)))).toEqual([3]);
  });

  it('goes nowhere when there is no such device or person', async () => {
    await sendTo(ada, { userId: bea.userId, deviceId: 'NONE' }, { n: 1 });
    await sendTo(ada, { userId: '@nobody:north.test' }, { n: 2 });
    expect(messagesIn(await syncOf(bea))).toEqual([]);
  });

  it('is sent once, however often the request comes, and anew by another device or with another type', async () => {
    const body = messagesTo(bea, { n: 1 });
    for (const _ of upTo(3)) await ada.ok('PUT', '/sendToDevice/m.test/same', body);
    await Promise.all(
      upTo(5).map(() => ada.ok('PUT', '/sendToDevice/m.test/same2', messagesTo(bea, { n: 2 }))),
    );
    const other = await server.login('ada');
    await other.ok('PUT', '/sendToDevice/m.test/same', messagesTo(bea, { n: 3 }));
    await ada.ok('PUT', '/sendToDevice/m.other/same', messagesTo(bea, { n: 4 }));
    expect(numbersIn(messagesIn(await syncOf(bea)))).toEqual([1, 2, 3, 4]);
  });

  it('stays until the device asks for what comes after it, and is gone then', async () => {
    await sendTo(ada, bea, { n: 1 });
    const first = await syncOf(bea);
    // The answer was lost: the client asks again as it did.
    const repeated = await syncOf(bea);
    expect([first, repeated].map((answer) => numbersIn(messagesIn(answer)))).toEqual([[1], [1]]);
    await sendTo(ada, bea, { n: 2 });
    const second = await syncOf(bea, first['next_batch']);
    expect(numbersIn(messagesIn(second))).toEqual([2]);
    expect(numbersIn(messagesIn(await syncOf(bea, first['next_batch'])))).toEqual([2]);
    await syncOf(bea, second['next_batch']);
    expect(messagesIn(await syncOf(bea))).toEqual([]);
    expect(messagesIn(await syncOf(bea, first['next_batch']))).toEqual([]);
  });

  it('comes with the oldest first, 100 at a time, each once, with tokens that go on', async () => {
    for (const n of upTo(250)) await sendTo(ada, bea, { n });
    const got: unknown[] = [];
    let since: unknown;
    const sizes: number[] = [];
    const tokens: string[] = [];
    for (let done = false; !done; ) {
      const answer: JsonObject = await syncOf(bea, since);
      const messages = messagesIn(answer);
      since = answer['next_batch'];
      tokens.push(String(since));
      if (messages.length > 0) sizes.push(messages.length);
      got.push(...numbersIn(messages));
      done = messages.length === 0;
    }
    expect(got).toEqual(upTo(250));
    expect(sizes).toEqual([100, 100, 50]);
    // A token says where its messages end only while others wait, so that older ones still mean what they meant.
    expect(tokens.map((token) => /^s\d+_\d+_i\d+$/.test(token))).toEqual([true, true, false, false]);
  });

  it('does not hold up what else is new, and is not held up by it', async () => {
    const { next_batch } = await syncOf(bea);
    for (const n of upTo(101)) await sendTo(ada, bea, { n });
    await bea.ok('PUT', `/user/${bea.userId}/account_data/org.example.note`, { note: 1 });
    const first = await syncOf(bea, next_batch);
    expect(JSON.stringify(first['account_data'])).toContain('org.example.note');
    const second = await syncOf(bea, first['next_batch'], '&timeout=10000');
    expect(numbersIn(messagesIn(second))).toEqual([100]);
    expect(second['account_data']).toBeUndefined();
  });

  it('wakes the sync of its device that waits, and of no other', async () => {
    const [{ next_batch: a }, { next_batch: b }] = [await syncOf(bea), await syncOf(beasPhone)];
    const waits: string[] = [];
    const waiting = syncOf(bea, a, '&timeout=20000').then((answer) => {
      waits.push('laptop');
      return answer;
    });
    const other = syncOf(beasPhone, b, '&timeout=1500').then((answer) => {
      waits.push('phone');
      return answer;
    });
    await sendTo(ada, bea, { n: 1 });
    expect(numbersIn(messagesIn(await waiting))).toEqual([1]);
    expect(waits).toEqual(['laptop']);
    expect(messagesIn(await other)).toEqual([]);
  });

  it('does not come of somebody who is ignored, also not later', async () => {
    await sendTo(ada, bea, { n: 1 });
    const ignore = (ignored_users: JsonObject) =>
      bea.ok('PUT', `/user/${bea.userId}/account_data/m.ignored_user_list`, { ignored_users });
    await ignore({ [ada.userId]: {} });
    await sendTo(ada, bea, { n: 2 });
    expect(messagesIn(await syncOf(bea))).toEqual([]);
    await ignore({});
    await sendTo(ada, bea, { n: 3 });
    const numbers = numbersIn(messagesIn(await syncOf(bea)));
    expect(numbers).not.toContain(2);
    expect(numbers).toContain(3);
  });

  it('is gone with its device, also when one of the same name signs in', async () => {
    await sendTo(ada, beasPhone, { n: 1 });
    await beasPhone.ok('POST', '/logout', {});
    const login = await server.call('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'bea' },
      password: 'password of bea',
      device_id: beasPhone.deviceId,
    });
    const token = String(login.body['access_token']);
    const answer = await bea.call('GET', '/sync', undefined, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
    expect(messagesIn(answer.body)).toEqual([]);
  });

  it('survives a restart', async () => {
    await sendTo(ada, bea, { n: 1 });
    await server[Symbol.asyncDispose]();
    server = await startClientServer({ store: server.store });
    const signedIn = await server.app.inject({
      method: 'GET',
      url: '/_matrix/client/v3/sync',
      headers: { authorization: `Bearer ${bea.accessToken}` },
    });
    expect(Buffer.from(signedIn.bytes).toString()).toContain('"n":1');
  });
});

describe('after the restore of a backup', () => {
  it('what waited in it comes again, but for what its device is known to have', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'causeway-inbox-'));
    const path = (name: string) => join(folder, name, 'causeway.db');
    for (const name of ['now', 'backup']) mkdirSync(join(folder, name));
    const signingKey = { seed: randomBytes(32), version: 'test' };
    try {
      const lost = await startClientServer({ store: await openTestStore(path('now')), signingKey });
      const [eve, fay] = [await lost.person('eve'), await lost.person('fay')];
      const other = await lost.login('fay');
      await sendTo(eve, { userId: fay.userId }, { n: 1 });
      const { next_batch: seen } = await syncOf(fay);
      await sendTo(eve, { userId: fay.userId }, { n: 2 });
      await copyDatabase(path('now'), path('backup'));
      // Of a history that is lost from here on.
      await sendTo(eve, { userId: fay.userId }, { n: 3 });
      const last = await syncOf(fay, seen);
      expect(numbersIn(messagesIn(last))).toEqual([2, 3]);
      await lost[Symbol.asyncDispose]();
      await lost.store[Symbol.asyncDispose]();

      const store = await openTestStore(path('backup'));
      await store.transact((tx) => noteRestore(tx, Date.now()));
      const restored = await startClientServer({ store, signingKey });
      const fays = again(restored, fay);
      const answer = await syncOf(fays, last['next_batch']);
      expect(messagesIn(answer)).toEqual([]);
      expect(numbersIn(messagesIn(await syncOf(again(restored, other))))).toEqual([1, 2]);
      await sendTo(again(restored, eve), fay, { n: 4 });
      expect(numbersIn(messagesIn(await syncOf(fays, answer['next_batch'])))).toEqual([4]);
      await restored[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a request to send messages to devices', () => {
  const refused = async (body: JsonObject, path = '/sendToDevice/m.test/x') => {
    const answer = await ada.call('PUT', path, body);
    return [answer.status, answer.body['errcode']];
  };

  it.each<[string, JsonObject, string]>([
    ['has no messages', {}, 'M_BAD_JSON'],
    ['has a list of messages', { messages: [] }, 'M_BAD_JSON'],
    ['names no user', { messages: { bea: { '*': {} } } }, 'M_BAD_JSON'],
    ['has no devices', { messages: { '@bea:north.test': [] } }, 'M_BAD_JSON'],
    ['has a content that is a text', { messages: { '@bea:north.test': { '*': 'x' } } }, 'M_BAD_JSON'],
    ['has a fraction in a content', { messages: { '@bea:north.test': { '*': { n: 1.5 } } } }, 'M_BAD_JSON'],
    ['has an empty device ID', { messages: { '@bea:north.test': { '': {} } } }, 'M_BAD_JSON'],
    ['has a long device ID', { messages: { '@bea:north.test': { ['D'.repeat(256)]: {} } } }, 'M_BAD_JSON'],
  ])('is refused when it %s, and nothing of it is sent', async (_, body, errcode) => {
    expect(await refused(body)).toEqual([400, errcode]);
    const messages = body['messages'];
    const mixed = { messages: { [bea.userId]: { [bea.deviceId]: { n: 1 } }, ...Object(messages) } };
    if (Object.keys(Object(messages)).length > 0) expect(await refused(mixed)).toEqual([400, errcode]);
    // The transaction ID is free still.
    await ada.ok('PUT', '/sendToDevice/m.test/x', messagesTo(bea, { n: 2 }));
    expect(numbersIn(messagesIn(await syncOf(bea)))).toEqual([2]);
  });

  it('is refused when a message, or their number, is too large', async () => {
    expect(await refused(messagesTo(bea, { text: 'x'.repeat(65_530) }))).toEqual([413, 'M_TOO_LARGE']);
    const devices = Object.fromEntries(upTo(1001).map((n) => [`D${n}`, {}]));
    expect(await refused({ messages: { [bea.userId]: devices } })).toEqual([413, 'M_TOO_LARGE']);
    expect(messagesIn(await syncOf(bea))).toEqual([]);
    await ada.ok('PUT', '/sendToDevice/m.test/ok', messagesTo(bea, { text: 'x'.repeat(65_500) }));
    expect(messagesIn(await syncOf(bea))).toHaveLength(1);
  });

  it('is refused with a type or a transaction ID that is too long, and without a token', async () => {
    const body = messagesTo(bea, {});
    expect(await refused(body, `/sendToDevice/${'t'.repeat(256)}/x`)).toEqual([400, 'M_INVALID_PARAM']);
    expect(await refused(body, `/sendToDevice/m.test/${'t'.repeat(256)}`)).toEqual([400, 'M_INVALID_PARAM']);
    const answer = await server.call('PUT', '/_matrix/client/v3/sendToDevice/m.test/x', body);
    expect([answer.status, answer.body['errcode']]).toEqual([401, 'M_MISSING_TOKEN']);
  });

  it('is refused to people of other organisations for who may not reach them, and nothing of it is sent', async () => {
    const messages: JsonObject = { '@sam:south.test': { '*': {} }, [bea.userId]: { '*': { n: 1 } } };
    const body = { messages };
    expect(await refused(body)).toEqual([403, 'M_FORBIDDEN']);
    expect(messagesIn(await syncOf(bea))).toEqual([]);
  });
});
