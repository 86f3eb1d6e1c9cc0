/** A server that refuses every transaction with a certain event in it gets all others. */
import { connectedServer, deliveryOf, retryDestination } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, parseJson, type RoomId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { impatientClock } from './hurried-clocks.ts';
import { eventually, type StandInAnswer, TestNetwork, type TestServer } from './network.ts';
import { bodies, type NorthAndSouth, say, sharedRoom } from './north-and-south.ts';

let parts: NorthAndSouth;
let north: TestServer;
let south: TestServer;
let roomId: RoomId;
/** Transactions with PDUs or EDUs in them that came to south. */
let came: { readonly texts: readonly unknown[]; readonly edus: number }[];
/** What south answers to a transaction; undefined for what it does with it. */
let judge: (texts: readonly unknown[], content: JsonObject) => StandInAnswer | undefined;

const list = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

beforeEach(async () => {
  const network = new TestNetwork();
  north = await network.add('north.test', { clock: impatientClock });
  south = await network.add('south.test');
  parts = { network, north, south, ada: north.user('ada'), sol: south.user('sol') };
  roomId = await sharedRoom(parts);
  came = [];
  judge = () => undefined;
  network.standIn = async ({ destination, path, body = '' }) => {
    if (destination !== 'south.test' || !path.includes('/v1/send/')) return undefined;
    const content = parseJson(body);
    if (!content.ok || !isJsonObject(content.value)) throw new Error('no transaction');
    const texts = list(content.value['pdus']).map(
      (pdu) => isJsonObject(pdu['content']) && pdu['content']['body'],
    );
    const edus = list(content.value['edus']).length;
    if (texts.length + edus > 0) came.push({ texts, edus });
    return judge(texts, content.value);
  };
});

afterEach(() => parts.network[Symbol.asyncDispose]());

const refusal = (status: number): StandInAnswer => ({
  status,
  body: { errcode: 'M_UNKNOWN', error: 'I choke on this.' },
});

/** So many messages wait for south, of which those are poisonous. */
const pileUp = async (texts: readonly string[]): Promise<readonly string[]> => {
  parts.network.cut('south.test', true);
  const ids: string[] = [];
  for (const text of texts) ids.push(await say(north, parts.ada, roomId, text));
  await eventually('one attempt failed', async () => (await status()).failingSinceTs !== undefined);
  return ids;
};

const status = () => connectedServer(north.engine, south.engine.serverName);
const texts = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);
const isIn = (poison: readonly string[]) => (found: readonly unknown[]) =>
  found.some((text) => typeof text === 'string' && poison.includes(text));

describe('an event for which a server refuses the whole transaction', () => {
  it.each([400, 413, 500])(
    'is set aside after an answer of %i, and the others arrive in order',
    async (code) => {
      const all = texts(30);
      const poison = ['message 7', 'message 8', 'message 21'];
      judge = (found) => (isIn(poison)(found) ? refusal(code) : undefined);
      const ids = await pileUp(all);
      parts.network.cut('south.test', false);
      const good = all.filter((text) => !poison.includes(text));
      await say(north, parts.ada, roomId, 'after');
      await eventually('everything is told', async () => (await status()).backlog.events === 0);
      const taken = came
        .filter(({ texts: found }) => !isIn(poison)(found))
        .flatMap(({ texts: found }) => found);
      expect(taken.filter((text) => text !== 'after')).toEqual(good);
      expect((await status()).setAside).toMatchObject({
        events: 3,
        reason: expect.stringContaining('choke'),
      });
      // Log2 of a transaction for each, the retries of a failing server, and one by one at the end.
      expect(came.length).toBeLessThan(60);

      const delivery = await deliveryOf(north.engine, {
        ...{ userId: parts.ada, deviceId: 'D', roomId },
        eventId: ids[7] ?? '',
      });
      expect(delivery).toMatchObject({
        delivered: 0,
        waiting: [{ serverName: 'south.test', reason: expect.stringContaining('choke') }],
      });
      // It stays aside after a restart.
      const restarted = await north.restart();
      const before = came.length;
      await say(restarted, parts.ada, roomId, 'on');
      await eventually('what comes later', async () =>
        came.slice(before).some(({ texts: found }) => found.includes('on')),
      );
      expect(came.slice(before).some(({ texts: found }) => isIn(poison)(found))).toBe(false);
    },
  );

  it('is not looked for among the events when an EDU beside them is refused', async () => {
    judge = (_, { edus }) => (list(edus).length > 0 ? refusal(400) : undefined);
    const all = texts(5);
    await pileUp(all);
    await north.engine.outbound.sendEdu({
      serverNids: [await nidOfSouth()],
      edu: { edu_type: 'm.test', content: {} },
    });
    parts.network.cut('south.test', false);
    await retryDestination(north.engine, south.engine.serverName);
    await eventually('the events', async () => (await bodies(south.engine, roomId)).length === all.length);
    expect((await status()).setAside).toBeUndefined();
  });

  it('is sent again when the server takes no other either, and nothing is lost when it is in order', async () => {
    judge = (found) => (found.length > 0 ? refusal(400) : undefined);
    const all = texts(12);
    await pileUp(all);
    parts.network.cut('south.test', false);
    await eventually('a few rounds of refusals', async () => came.length > 40);
    judge = () => undefined;
    await eventually('all of them', async () => (await bodies(south.engine, roomId)).length === all.length);
    expect((await bodies(south.engine, roomId)).toSorted()).toEqual(all.toSorted());
    await eventually('nothing is aside', async () => (await status()).setAside === undefined);
  });

  it('is sent again when it was the last one and is taken later', async () => {
    judge = (found) => (found.length > 0 ? refusal(400) : undefined);
    await say(north, parts.ada, roomId, 'alone');
    await eventually('it was refused', async () => came.length > 3);
    judge = () => undefined;
    await eventually('it arrives', async () => (await bodies(south.engine, roomId)).includes('alone'));
    await eventually('nothing is aside', async () => (await status()).setAside === undefined);
  });

  it.each([401, 403, 408, 429, 502, 503, 504])('is not looked for after an answer of %i', async (code) => {
    const all = texts(6);
    judge = (found) => (isIn(['message 3'])(found) ? refusal(code) : undefined);
    await pileUp(all);
    parts.network.cut('south.test', false);
    const withPoison = () => came.filter(({ texts: found }) => isIn(['message 3'])(found));
    await eventually('some attempts', async () => withPoison().length >= 6);
    expect(new Set(withPoison().map(({ texts: found }) => found.length)).size).toBe(1);
    expect((await status()).setAside).toBeUndefined();
  });

  it('is not looked for when the server refuses an empty transaction, too', async () => {
    judge = () => refusal(404);
    await pileUp(texts(6));
    parts.network.cut('south.test', false);
    await eventually('some attempts', async () => came.length >= 8);
    expect((await status()).setAside).toBeUndefined();
    judge = () => undefined;
    await eventually('all of them', async () => (await bodies(south.engine, roomId)).length === 6);
  });
});

const nidOfSouth = async (): Promise<number> => {
  const { engine } = north;
  const nid = await engine.store.read((reader) => engine.names.serverNid(reader, south.engine.serverName));
  if (nid === undefined) throw new Error('north does not know south');
  return nid;
};
