/** Messages for devices of other servers: each arrives once, whatever happens on the way. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectedServer, noteRestore, retryDestination, type Store } from '@causeway/homeserver';
import {
  isJsonObject,
  type JsonObject,
  lenientCanonicalJson,
  parseJson,
  parseUserId,
} from '@causeway/protocol';
import { copyDatabase } from '@causeway/storage';
import { revokePermission } from '@causeway/workspace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAdmin, set } from '../admins.ts';
import { openTestStore, type Person } from '../client-server.ts';
import { failingStore } from '../failing-store.ts';
import { eventually } from '../network.ts';
import { list } from '../organisations.ts';
import { signedRequest, signedTransaction } from '../signed-transaction.ts';
import {
  again,
  type Got,
  messagesIn,
  messagesTo,
  openPostOffice,
  personOn,
  type PostOffice,
  sendTo,
} from './post-office.ts';

let office: PostOffice;
let ada: Person;
/** Of south. */
let sam: Person;
let samsPhone: Person;

const begin = async (stores: { readonly [name in 'north.test' | 'south.test']?: Store } = {}) => {
  office = await openPostOffice({ stores });
  ada = await personOn(office.server('north.test'), 'ada');
  sam = await personOn(office.server('south.test'), 'sam');
  samsPhone = await office.server('south.test').login('sam');
};

beforeEach(() => begin());
afterEach(() => office[Symbol.asyncDispose]());

const waitingFor = async (person: Person): Promise<readonly Got[]> =>
  messagesIn(await person.ok('GET', '/sync'));
const numbersOf = async (person: Person) => (await waitingFor(person)).map(({ content }) => content['n']);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The EDUs of every transaction that went from north to south. */
const edusSent = (): readonly JsonObject[] =>
  office.sent.flatMap(({ from, request }) => {
    if (from !== 'north.test' || !request.path.includes('/send/')) return [];
    const body = parseJson(request.body ?? '');
    return body.ok && isJsonObject(body.value) ? list(body.value['edus']) : [];
  });

const tried = () => eventually('it was tried', async () => edusSent().length > 0);
const south = () => office.server('south.test').engine.serverName;
const retry = () => retryDestination(office.server('north.test').engine, south());
const statusOfSouth = () => connectedServer(office.server('north.test').engine, south());

let made = 0;
/** An EDU as another server could make it. */
const edu = (messages: JsonObject, more: JsonObject = {}): JsonObject => ({
  edu_type: 'm.direct_to_device',
  content: { sender: ada.userId, type: 'm.test', message_id: `made${++made}`, messages, ...more },
});
const bring = (...edus: readonly JsonObject[]) =>
  signedTransaction(office.server('north.test'), office.server('south.test'), { edus });

describe('a message for a device of another server', () => {
  it('arrives at the device that is named, and at all of them for *', async () => {
    await sendTo(ada, sam, { n: 1 });
    await sendTo(ada, { userId: sam.userId }, { n: 2 });
    await eventually('both', async () => (await waitingFor(sam)).length === 2);
    expect(await waitingFor(sam)).toEqual([
      { sender: ada.userId, type: 'm.test', content: { n: 1 } },
      { sender: ada.userId, type: 'm.test', content: { n: 2 } },
    ]);
    expect(await numbersOf(samsPhone)).toEqual([2]);
  });

  it('goes in one EDU with the others for that server, and in several when it is too large', async () => {
    const sue = await personOn(office.server('south.test'), 'sue');
    await ada.ok('PUT', '/sendToDevice/m.test/one', {
      messages: {
        [sam.userId]: { '*': { n: 1 } },
        [sue.userId]: { '*': { n: 2 } },
        [ada.userId]: { '*': {} },
      },
    });
    await eventually('sue has it', async () => (await numbersOf(sue)).length === 1);
    const first = edusSent();
    expect(first.map(({ edu_type }) => edu_type)).toEqual(['m.direct_to_device']);
    const content = first[0]?.['content'];
    if (!isJsonObject(content)) throw new Error('there is no content');
    expect(content).toMatchObject({ sender: ada.userId, type: 'm.test' });
    expect(String(content['message_id'])).toMatch(/^.{8,32}$/u);
    expect(content['messages']).toEqual({ [sam.userId]: { '*': { n: 1 } }, [sue.userId]: { '*': { n: 2 } } });

    const text = 'x'.repeat(20_000);
    const devices = Object.fromEntries(upTo(10).map((n) => [`D${n}`, { text }]));
    await ada.ok('PUT', '/sendToDevice/m.test/two', {
      messages: { [sam.userId]: { ...devices, '*': { n: 3, text } } },
    });
    await eventually('the last part', async () => (await numbersOf(samsPhone)).includes(3));
    const sizes = edusSent()
      .slice(1)
      .map((one) => JSON.stringify(one).length);
    expect(sizes.length).toBe(6);
    expect(Math.max(...sizes)).toBeLessThan(65_536);
  });

  it('is delivered once when south was away, and north was started anew meanwhile', async () => {
    office.cut(true);
    await sendTo(ada, sam, { n: 1 });
    await tried();
    await sendTo(ada, sam, { n: 2 });
    ada = again(await office.restart('north.test'), ada);
    await sendTo(ada, sam, { n: 3 });
    office.cut(false);
    await retry();
    await eventually('all of them', async () => (await waitingFor(sam)).length === 3);
    expect(await numbersOf(sam)).toEqual([1, 2, 3]);
  });

  it('is delivered once when the answer is lost, and both are started anew', async () => {
    office.loseAnswers(true);
    await sendTo(ada, sam, { n: 1 });
    await eventually('it arrived', async () => (await waitingFor(sam)).length === 1);
    sam = again(await office.restart('south.test'), sam);
    ada = again(await office.restart('north.test'), ada);
    office.loseAnswers(false);
    await sendTo(ada, sam, { n: 2 });
    await retry();
    await eventually('the next', async () => (await waitingFor(sam)).length > 1);
    expect(await numbersOf(sam)).toEqual([1, 2]);
  });

  it('is delivered once when north goes on from a backup that had it on its way', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'causeway-to-device-'));
    try {
      for (const name of ['now', 'backup']) mkdirSync(join(folder, name));
      const path = (name: string) => join(folder, name, 'causeway.db');
      await office[Symbol.asyncDispose]();
      await begin({ 'north.test': await openTestStore(path('now')) });
      office.loseAnswers(true);
      await sendTo(ada, sam, { n: 1 });
      await eventually('it arrived', async () => (await waitingFor(sam)).length === 1);
      await copyDatabase(path('now'), path('backup'));
      const restored = await openTestStore(path('backup'));
      await restored.transact((tx) => noteRestore(tx, Date.now()));
      office.loseAnswers(false);
      ada = again(await office.restart('north.test', restored), ada);
      await sendTo(ada, sam, { n: 2 });
      await eventually('the next', async () => (await waitingFor(sam)).length > 1);
      expect(await numbersOf(sam)).toEqual([1, 2]);
      expect(edusSent().length).toBeGreaterThan(2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('that a client sends again after its answer was lost in a crash is sent once', async () => {
    office.cut(true);
    const body = messagesTo(sam, { n: 1 });
    await ada.ok('PUT', '/sendToDevice/m.test/same', body);
    ada = again(await office.restart('north.test'), ada);
    await ada.ok('PUT', '/sendToDevice/m.test/same', body);
    office.cut(false);
    await retry();
    await eventually('it arrives', async () => (await waitingFor(sam)).length > 0);
    await sendTo(ada, sam, { n: 2 });
    await eventually('the next', async () => (await numbersOf(sam)).includes(2));
    expect(await numbersOf(sam)).toEqual([1, 2]);
  });

  it('comes again when south could not write it down, and only then', async () => {
    await office[Symbol.asyncDispose]();
    const store = failingStore(await openTestStore());
    await begin({ 'south.test': store });
    // South knows north's keys afterwards.
    await sendTo(ada, sam, { n: 1 });
    await eventually('it arrives', async () => (await waitingFor(sam)).length === 1);
    store.left = 0;
    const before = edusSent().length;
    await sendTo(ada, sam, { n: 2 });
    await eventually('south refused it twice', async () => edusSent().length > before + 1);
    store.left = Number.POSITIVE_INFINITY;
    await eventually('it arrives', async () => (await waitingFor(sam)).length === 2);
    expect(await numbersOf(sam)).toEqual([1, 2]);
  });

  it('waits while an admin blocks its server, and arrives afterwards', async () => {
    const root = await office.server('north.test').person('root');
    await makeAdmin(office.server('north.test'), root);
    const rule = { domain: 'south.test', direction: 'outbound', effect: 'deny' };
    expect((await set(root, 'federation.rules', [rule])).status).toBe(200);
    await sendTo(ada, sam, { n: 1 });
    await eventually('it was tried', async () => (await statusOfSouth()).lastError !== undefined);
    expect(edusSent()).toEqual([]);
    expect((await statusOfSouth()).backlog.edus).toBe(1);
    expect((await set(root, 'federation.rules', [])).status).toBe(200);
    await retry();
    await eventually('it arrives', async () => (await numbersOf(sam)).length === 1);
  });

  it('does not go out from who may not reach other organisations, nor in to them', async () => {
    const server = office.server('south.test');
    const userId = parseUserId(sam.userId);
    if (userId === undefined) throw new Error('sam is nobody');
    await sendTo(ada, sam, { n: 1 });
    await eventually('it arrives', async () => (await numbersOf(sam)).length === 1);
    await revokePermission(server.context, userId, 'access-federation');
    await bring(edu({ [sam.userId]: { '*': { n: 2 } } }));
    // What came before stays readable.
    expect(await numbersOf(sam)).toEqual([1]);
    const answer = await sam.call('PUT', '/sendToDevice/m.test/x', messagesTo(ada, {}));
    expect([answer.status, answer.body['errcode']]).toEqual([403, 'M_FORBIDDEN']);
    // Colleagues hear each other.
    const sue = await personOn(server, 'sue');
    await sendTo(sue, sam, { n: 3 });
    expect(await numbersOf(sam)).toEqual([1, 3]);
  });
});

describe('a message for devices that another server brings', () => {
  it('is taken in once, by its message_id, also after a restart', async () => {
    const same = edu({ [sam.userId]: { '*': { n: 1 } } });
    expect((await bring(same, same)).status).toBe(200);
    expect((await bring(same)).status).toBe(200);
    expect(await numbersOf(sam)).toEqual([1]);
    await office.restart('south.test').then((server) => {
      sam = again(server, sam);
    });
    await bring(same);
    expect(await numbersOf(sam)).toEqual([1]);
  });

  it.each<[string, JsonObject]>([
    ['has a sender of another server', { sender: '@eve:east.test' }],
    ['has a sender of the server that it comes to', { sender: '@sam:south.test' }],
    ['has no sender', { sender: null }],
    ['has no type', { type: 7 }],
    ['has a type of 256 bytes', { type: 't'.repeat(256) }],
    ['has no message_id', { message_id: null }],
    ['has a message_id of 33 characters', { message_id: 'x'.repeat(33) }],
    ['has messages that are no object', { messages: [] }],
  ])('is passed over when it %s, and what is beside it is taken', async (_, more) => {
    const messages = { [sam.userId]: { '*': { n: 1 } } };
    const answer = await bring(edu(messages, more), edu({ [sam.userId]: { '*': { n: 2 } } }));
    expect(answer.status).toBe(200);
    expect(await numbersOf(sam)).toEqual([2]);
  });

  it.each<[string, JsonObject]>([
    ['is no object', { '*': 'text' }],
    ['has more bytes than an event', { '*': { text: 'x'.repeat(65_530) } }],
    ['is for a device with an endless name', { ['D'.repeat(256)]: {} }],
  ])('is passed over when its content %s', async (_, devices) => {
    const answer = await bring(edu({ [sam.userId]: devices }), edu({ [sam.userId]: { '*': { n: 2 } } }));
    expect(answer.status).toBe(200);
    expect(await numbersOf(sam)).toEqual([2]);
  });

  it('is passed over when it has a number that canonical JSON cannot express', async () => {
    const edus = [edu({ [sam.userId]: { '*': { n: 15 } } }), edu({ [sam.userId]: { '*': { n: 2 } } })];
    const [north, to] = [office.server('north.test'), office.server('south.test')];
    const body = lenientCanonicalJson({ origin: 'north.test', origin_server_ts: 1, pdus: [], edus });
    const url = '/_matrix/federation/v1/send/fraction';
    const answer = await signedRequest(north, to, {
      method: 'PUT',
      url,
      body: body.replace('"n":15', '"n":1.5'),
    });
    expect(answer.status).toBe(200);
    expect(await numbersOf(sam)).toEqual([2]);
  });

  it('reaches only devices and people that are here', async () => {
    const messages: JsonObject = {
      '@nobody:south.test': { '*': { n: 1 } },
      '@eve:east.test': { '*': { n: 2 } },
      [sam.userId]: { NONE: { n: 3 }, [samsPhone.deviceId]: { n: 4, emoji: '🗝' } },
    };
    expect((await bring(edu(messages, { message_id: '🗝'.repeat(32) }))).status).toBe(200);
    expect(await waitingFor(sam)).toEqual([]);
    expect((await waitingFor(samsPhone)).map(({ content }) => content)).toEqual([{ n: 4, emoji: '🗝' }]);
  });

  it('of somebody who is ignored does not arrive', async () => {
    await sam.ok('PUT', `/user/${sam.userId}/account_data/m.ignored_user_list`, {
      ignored_users: { [ada.userId]: {} },
    });
    await bring(edu({ [sam.userId]: { '*': { n: 1 } } }));
    await sam.ok('PUT', `/user/${sam.userId}/account_data/m.ignored_user_list`, { ignored_users: {} });
    expect(await waitingFor(sam)).toEqual([]);
  });
});
