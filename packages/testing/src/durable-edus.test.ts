/** EDUs that must arrive: nothing is lost or made twice, whatever happens between two servers. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cleanEduOutbox,
  connectedServer,
  eduOutbox,
  engineTables,
  noteRestore,
  readBacklog,
  retryDestination,
} from '@causeway/homeserver';
import { isJsonObject, type JsonObject, parseJson, parseServerName } from '@causeway/protocol';
import { copyDatabase, openSqliteStore } from '@causeway/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { impatientClock } from './hurried-clocks.ts';
import { eventually, type StandInAnswer, TestNetwork, type TestServer } from './network.ts';
import { type NorthAndSouth, say, sharedRoom } from './north-and-south.ts';

type Came = {
  readonly to: string;
  readonly path: string;
  readonly body: string;
  readonly pdus: number;
  readonly edus: readonly unknown[];
};

let folder: string;
let parts: NorthAndSouth;
let north: TestServer;
let south: TestServer;
/** Transactions with PDUs or EDUs in them that were sent, also to a server that is cut off. */
let came: Came[];
/** What is answered in the place of the other server; undefined for what it answers. */
let judge: (transaction: Came) => StandInAnswer | undefined;

const list = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

const open = (name: string) =>
  openSqliteStore({ path: join(folder, name, 'causeway.db'), tables: engineTables });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-edus-'));
  for (const name of ['north', 'backup']) mkdirSync(join(folder, name));
  const network = new TestNetwork();
  north = await network.add('north.test', { clock: impatientClock, store: await open('north') });
  south = await network.add('south.test');
  parts = { network, north, south, ada: north.user('ada'), sol: south.user('sol') };
  await sharedRoom(parts);
  came = [];
  judge = () => undefined;
  network.standIn = async ({ destination, path, body = '' }) => {
    if (destination === 'north.test' || !path.includes('/v1/send/')) return undefined;
    const content = parseJson(body);
    if (!content.ok || !isJsonObject(content.value)) throw new Error('no transaction');
    const pdus = list(content.value['pdus']).length;
    const edus = list(content.value['edus']).map(
      (edu) => isJsonObject(edu['content']) && edu['content']['n'],
    );
    const transaction = { to: destination, path, body, pdus, edus };
    if (pdus + edus.length > 0) came.push(transaction);
    return judge(transaction);
  };
});

afterEach(async () => {
  await parts.network[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const nidOf = async (name: string): Promise<number> => {
  const server = parseServerName(name);
  if (server === undefined) throw new Error(`${name} is no server`);
  return north.engine.store.transact((tx) => north.engine.names.internServer(tx, server));
};

const edu = (n: number, padding = '') => ({ edu_type: 'm.test', content: { n, padding } });

const send = async (
  numbers: readonly number[],
  { to = ['south.test'], padding = '' }: { readonly to?: readonly string[]; readonly padding?: string } = {},
): Promise<void> => {
  const { engine } = north;
  const serverNids = await Promise.all(to.map(nidOf));
  const woken = await engine.store.transact((tx) =>
    engine.outbound.sendDurableEdus(
      tx,
      numbers.map((n) => ({ serverNids, edu: edu(n, padding) })),
    ),
  );
  for (const nid of woken) engine.outbound.wake(nid);
};

const status = () => connectedServer(north.engine, south.engine.serverName);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const answered = () =>
  parts.network.requests.flatMap(({ to, path, body = '', status: code }) => {
    if (to !== 'south.test' || !path.includes('/v1/send/') || code !== 200) return [];
    const content = parseJson(body);
    const edus = content.ok && isJsonObject(content.value) ? list(content.value['edus']) : [];
    return edus.map((one) => isJsonObject(one['content']) && one['content']['n']);
  });
const arrived = (numbers: readonly number[]) =>
  eventually(`all ${numbers.length} of them`, async () => answered().length >= numbers.length);
const rowsOfLog = () => north.engine.store.read((reader) => reader.count(eduOutbox, {}));
const unavailable = { status: 503, body: {} };

describe('an EDU that must arrive', () => {
  it('goes in the order of the log, at most 100 in a transaction, those that are newest-only among them', async () => {
    judge = () => unavailable;
    await send([1000]);
    await eventually('it was tried', async () => came.length > 0);
    await send(upTo(130));
    for (const n of [2000, 2001]) {
      const serverNids = [await nidOf('south.test')];
      await north.engine.outbound.sendEdu({ serverNids, edu: edu(n) });
    }
    judge = () => undefined;
    await arrived([1000, ...upTo(130), 2000, 2001]);
    expect(answered()).toEqual([1000, ...upTo(130), 2000, 2001]);
    expect(Math.max(...came.map(({ edus }) => edus.length))).toBe(100);
    const canonical = came.at(-1)?.body ?? '';
    expect(Object.keys(JSON.parse(canonical))).toEqual(['edus', 'origin', 'origin_server_ts', 'pdus']);
  });

  it('makes no transaction larger than about a mebibyte beside its events', async () => {
    judge = () => unavailable;
    await send([1000]);
    await eventually('it was tried', async () => came.length > 0);
    await send(upTo(40), { padding: 'x'.repeat(60_000) });
    judge = () => undefined;
    await arrived([1000, ...upTo(40)]);
    expect(answered()).toEqual([1000, ...upTo(40)]);
    expect(Math.max(...came.map(({ body }) => body.length))).toBeLessThan(1024 * 1024 + 1000);
  });

  it('is not sent when the transaction that wrote it is undone', async () => {
    const { engine } = north;
    const nid = await nidOf('south.test');
    const undone = engine.store.transact(async (tx) => {
      await engine.outbound.sendDurableEdus(tx, [{ serverNids: [nid], edu: edu(1) }]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await send([2]);
    await arrived([2]);
    expect(answered()).toEqual([2]);
  });

  it('survives a restart before it was ever tried', async () => {
    const { engine } = north;
    const nid = await nidOf('south.test');
    // Nobody is woken: as if the process had been killed right after the commit.
    await engine.store.transact((tx) =>
      engine.outbound.sendDurableEdus(tx, [{ serverNids: [nid], edu: edu(7) }]),
    );
    north = await north.restart();
    await arrived([7]);
    expect(answered()).toEqual([7]);
  });

  it('goes with the same ID and the same bytes after a restart, when it was frozen and did not arrive', async () => {
    judge = () => 'failed';
    await send([1, 2]);
    await eventually('it was tried', async () => came.length > 0);
    await send([3]);
    north = await north.restart();
    judge = () => undefined;
    await arrived([1, 2, 3]);
    expect(answered()).toEqual([1, 2, 3]);
    const first = came.filter(({ edus }) => edus.includes(1));
    expect(new Set(first.map(({ path, body }) => `${path} ${body}`)).size).toBe(1);
  });

  it('goes with the same ID and the same bytes when it arrived and the answer was lost, also over a restart', async () => {
    let losing = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    parts.network.hold = promise;
    parts.network.tamper = (request, answer) =>
      losing && request.to === 'south.test' && request.path.includes('/send/') ? 'cut off' : answer;
    await send([1]);
    await eventually('south took it', async () => answered().length === 1);
    resolve();
    await eventually('it was tried again', async () => came.length > 1);
    north = await north.restart();
    losing = false;
    await send([2]);
    await eventually('the next one', async () => answered().includes(2));
    const first = came.filter(({ edus }) => edus.includes(1));
    expect(first.length).toBeGreaterThan(1);
    expect(new Set(first.map(({ path, body }) => `${path} ${body}`)).size).toBe(1);
    expect(answered().filter((n) => n === 2)).toEqual([2]);
  });

  it('goes with another ID after the restore of a backup that had it frozen', async () => {
    judge = () => 'failed';
    await send([1]);
    await eventually('it was tried', async () => came.length > 0);
    await copyDatabase(join(folder, 'north', 'causeway.db'), join(folder, 'backup', 'causeway.db'));
    const store = await open('backup');
    await store.transact((tx) => noteRestore(tx, Date.now()));
    const before = came.length;
    north = await north.restart(store);
    judge = () => undefined;
    await arrived([1]);
    const [first] = came;
    const restored = came.slice(before).filter(({ edus }) => edus.includes(1));
    expect(restored.length).toBeGreaterThan(0);
    expect(restored.map(({ path }) => path)).not.toContain(first?.path);
  });

  it('counts as waiting until it has arrived, and is forgotten by housekeeping then', async () => {
    parts.network.cut('south.test', true);
    await send(upTo(5));
    await eventually('one attempt failed', async () => (await status()).failingSinceTs !== undefined);
    expect((await status()).backlog).toMatchObject({ events: 0, edus: 5, atLeast: false });
    expect(await readBacklog(north.engine)).toMatchObject({ waiting: 5 });
    await cleanEduOutbox(north.engine);
    expect(await rowsOfLog()).toBe(5);
    parts.network.cut('south.test', false);
    await retryDestination(north.engine, south.engine.serverName);
    await eventually('nothing waits', async () => (await status()).backlog.edus === 0);
    expect(answered()).toEqual(upTo(5));
    await eventually('they are forgotten', async () => (await rowsOfLog()) === 0);
  });

  it('of those that wait for a server that is gone the oldest are dropped, and the newest arrive', async () => {
    const west = await parts.network.add('west.test');
    for (const name of ['south.test', 'west.test']) parts.network.cut(name, true);
    await send([0], { to: ['south.test', 'west.test'] });
    await eventually('one attempt failed', async () => (await status()).failingSinceTs !== undefined);
    await send(upTo(20).slice(1), { to: ['south.test', 'west.test'] });
    parts.network.cut('west.test', false);
    await retryDestination(north.engine, west.engine.serverName);
    const ofWest = async () => (await connectedServer(north.engine, west.engine.serverName)).backlog.edus;
    await eventually('west has all', async () => (await ofWest()) === 0);
    await cleanEduOutbox(north.engine, { edus: 8, bytes: 1_000_000 });
    expect(await rowsOfLog()).toBe(8);
    expect((await status()).backlog.edus).toBe(8);
    await cleanEduOutbox(north.engine, { edus: 8, bytes: 400 });
    expect(await rowsOfLog()).toBe(7);
    parts.network.cut('south.test', false);
    await retryDestination(north.engine, south.engine.serverName);
    // The transaction that was frozen before stays as it was.
    await eventually('nothing waits', async () => (await status()).backlog.edus === 0);
    expect(answered()).toEqual([0, ...upTo(20).slice(13)]);
  });

  it('waits for nobody but its own server', async () => {
    const west = await parts.network.add('west.test');
    parts.network.cut('west.test', true);
    await send(upTo(3), { to: ['west.test', 'south.test'] });
    await arrived(upTo(3));
    await send([3]);
    await arrived(upTo(4));
    const waiting = () => connectedServer(north.engine, west.engine.serverName);
    expect((await waiting()).backlog.edus).toBe(3);
    parts.network.cut('west.test', false);
    await retryDestination(north.engine, west.engine.serverName);
    await eventually('west has them', async () => (await waiting()).backlog.edus === 0);
  });
});

describe('an EDU for which a server refuses the whole transaction', () => {
  it.each([400, 413, 500])('is set aside after an answer of %i, and all others arrive', async (code) => {
    const poison = [7, 8, 21];
    judge = () => unavailable;
    await send(upTo(30));
    await say(north, parts.ada, await sharedRoom(parts), 'beside them');
    await eventually('it was tried', async () => came.length > 0);
    judge = ({ edus }) =>
      edus.some((n) => typeof n === 'number' && poison.includes(n))
        ? { status: code, body: { errcode: 'M_UNKNOWN', error: 'I choke on this.' } }
        : undefined;
    await send([100]);
    await eventually('everything is told', async () => (await status()).backlog.edus === 0);
    await eventually('all are judged', async () => (await status()).failingSinceTs === undefined);
    expect(answered()).toEqual([...upTo(30), 100].filter((n) => !poison.includes(n)));
    expect((await status()).setAside).toMatchObject({
      ...{ events: 0, edus: 3, atLeast: false },
      reason: expect.stringContaining('choke'),
    });
    expect(came.length).toBeLessThan(80);
    // It stays aside after a restart.
    north = await north.restart();
    const before = came.length;
    await send([101]);
    await eventually('what comes later', async () => answered().includes(101));
    expect(came.slice(before).some(({ edus }) => edus.includes(7))).toBe(false);
  });

  it('is sent again when the server takes no other either, and nothing is lost when it is in order', async () => {
    judge = ({ edus }) =>
      edus.length > 0 ? { status: 400, body: { errcode: 'M_UNKNOWN', error: 'No.' } } : undefined;
    await send(upTo(12));
    await eventually('a few rounds of refusals', async () => came.length > 40);
    judge = () => undefined;
    await eventually('all of them', async () => new Set(answered()).size === 12);
    await eventually('nothing is aside', async () => (await status()).setAside === undefined);
  });
});
