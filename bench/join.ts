/**
 * Joining a large room, in process. A resident server with the room leaves its members out of the answer to `send_join`,
 * and answers `state` once, which measures serving; what it wrote is given to a fresh server in every round, in chunks as
 * a socket has them, which measures joining: until the room can be used, and until its members are there, read, checked,
 * stored, and part of its state. Meanwhile somebody on the joining server writes into another room, one message after the
 * other.
 *
 * CAUSEWAY_BENCH_JOIN_MEMBERS=50000 for another size.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import {
  createHomeserver,
  createRoom,
  type Engine,
  engineTables,
  type FederationTransport,
  joinRoom,
  leftOutMembers,
  sendEvent,
  type TransportRequest,
} from '@causeway/homeserver';
import { createHttpApp, federationRoutes, type HttpApp } from '@causeway/http';
import { parseUserId, type RoomId, type UserId } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { createMemoryBlobs } from '@causeway/testing';
import { watchStalls } from './event-loop.ts';
import { type Measure, quantile, type Reading } from './figures.ts';
import { MEASURED_SERVER_NAME, openMeasuredServer, openRoom, receiveAll } from './measured-server.ts';
import { RemotePeer } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const MEMBERS = Number(process.env['CAUSEWAY_BENCH_JOIN_MEMBERS'] ?? 10_000);
const CHUNK_BYTES = 64 * 1024;
const MIB = 1024 * 1024;
const JOINER = 'joining.test';

const size = MEMBERS.toLocaleString('en');
const usable: Measure = { name: `until a room of ${size} members can be used`, unit: 's' };
const whole: Measure = { name: `joining a room of ${size} members`, unit: 's', ratio: 'V' };
const stalled: Measure = {
  name: 'longest stall of the event loop meanwhile',
  unit: 'ms',
  limit: { better: 'lower', text: '≤ 50 ms', target: () => 50 },
};
const computing: Measure = { name: 'the longest of its computations', unit: 'ms' };
const elsewhere: Measure = { name: 'durable message in another room meanwhile, p50', unit: 'ms' };
const elsewhereSlow: Measure = { name: 'durable message in another room meanwhile, p99', unit: 'ms' };
const memory: Measure = { name: 'memory taken by joining, at most', unit: 'MB' };
const serving: Measure = { name: `serving such a join, ${size} members`, unit: 's' };
const servingComputing: Measure = { name: 'the longest of its computations', unit: 'ms' };
const servingStalled: Measure = {
  name: 'longest stall of the event loop while serving',
  unit: 'ms',
  limit: { better: 'lower', text: '≤ 50 ms', target: () => 50 },
};

export const openJoin: OpenRow = async ({ folder }) => {
  const peer = new RemotePeer('peer.test');
  const resident = await openMeasuredServer(folder, new RemotePeer(JOINER));
  const room = await openRoom(resident.engine, peer, ['ada']);
  const joins = Array.from({ length: MEMBERS - 2 }, (_, index) => room.join(`member${index}`));
  await receiveAll(resident.engine, room.roomId, joins);
  const app = await createHttpApp({ routes: federationRoutes(resident.engine), log: resident.engine.log });
  let round = 0;
  return {
    async measure() {
      const own = join(folder, `joiner-${++round}`);
      mkdirSync(own);
      return measureOnce(own, app, peer, room.roomId, `joiner${round}`);
    },
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      await resident[Symbol.asyncDispose]();
    },
  };
};

const measureOnce = async (
  folder: string,
  resident: HttpApp,
  peer: RemotePeer,
  roomId: RoomId,
  localpart: string,
): Promise<readonly Reading[]> => {
  const readings: Reading[] = [];
  const began = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const transport: FederationTransport = {
    ...peer.transport,
    request: async (request) => (await answerOf(resident, peer, request)) ?? peer.transport.request(request),
    stream: async (request) => {
      // The members are asked for when the room is entered.
      if (!request.path.includes('/v1/state/')) return streamOf(await answerOf(resident, peer, request));
      entered.resolve();
      using stall = watchStalls();
      const start = performance.now();
      const answer = await answerOf(resident, peer, request);
      readings.push({ measure: serving, value: (performance.now() - start) / 1000 });
      readings.push({ measure: servingStalled, value: stall.longest() });
      readings.push({ measure: servingComputing, value: stall.longestComputing() });
      began.resolve();
      return streamOf(answer);
    },
  };
  await using store = await openSqliteStore({ path: join(folder, 'causeway.db'), tables: engineTables });
  await using homeserver = await createHomeserver(
    { serverName: JOINER, signingKey: { seed: Buffer.alloc(32, JOINER), version: 'bench' } },
    {
      store,
      blobs: createMemoryBlobs(),
      transport,
      directory: { exists: async () => true, profile: async () => ({}) },
      policy: { ask: async () => ({ allowed: true }) },
    },
  );
  const { engine } = homeserver;
  const user = userOf(localpart);
  const other = await createRoom(engine, user, { name: 'Elsewhere' });
  const asked = performance.now();
  const joined = joinRoom(engine, { userId: user, roomIdOrAlias: roomId, via: [MEASURED_SERVER_NAME] });
  await Promise.race([entered.promise, joined]);
  readings.push({ measure: usable, value: (performance.now() - asked) / 1000 });
  await began.promise;
  using stall = watchStalls();
  using peak = watchMemory();
  const start = performance.now();
  const end = joined.then(() => whenMembersAreHere(engine)).then(() => performance.now());
  const waits = await writeUntil(engine, user, other, end);
  readings.push(
    { measure: whole, value: ((await end) - start) / 1000 },
    { measure: stalled, value: stall.longest() },
    { measure: computing, value: stall.longestComputing() },
    { measure: elsewhere, value: quantile(waits, 0.5) },
    { measure: elsewhereSlow, value: quantile(waits, 0.99) },
    { measure: memory, value: peak.taken() },
  );
  return readings;
};

const whenMembersAreHere = async ({ store }: Engine): Promise<void> => {
  while ((await store.read((reader) => reader.count(leftOutMembers, {}))) > 0) await pause(5);
};

const streamOf = (answer: Awaited<ReturnType<typeof answerOf>>) => {
  if (answer === undefined) throw new Error('nobody answers this');
  return { ...answer, body: chunksOf(answer.body) };
};

/** What the resident answers; undefined for what is asked of another server. */
const answerOf = async (resident: HttpApp, peer: RemotePeer, request: TransportRequest) => {
  if (request.destination !== MEASURED_SERVER_NAME) return undefined;
  const { status, headers, bytes } = await resident.inject({
    method: request.method,
    url: request.path,
    headers: { host: MEASURED_SERVER_NAME, ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  if (status !== 200) throw new Error(`${peer.name}: ${status} ${Buffer.from(bytes).toString()}`);
  const named = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { kind: 'response', status, headers: Object.fromEntries(named), body: bytes } as const;
};

const chunksOf = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    await nextTurn();
    yield bytes.subarray(at, at + CHUNK_BYTES);
  }
};

/** Milliseconds that each message took. */
const writeUntil = async (
  engine: Engine,
  sender: UserId,
  roomId: RoomId,
  end: Promise<number>,
): Promise<readonly number[]> => {
  let ended = false;
  void end.finally(() => {
    ended = true;
  });
  const waits: number[] = [];
  while (!ended) {
    const start = performance.now();
    await sendEvent(engine, {
      roomId,
      sender,
      type: 'm.room.message',
      content: { msgtype: 'm.text', body: `message ${waits.length}` },
    });
    waits.push(performance.now() - start);
  }
  return waits;
};

const watchMemory = (): Disposable & { taken(): number } => {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  return {
    taken: () => (peak - before) / MIB,
    [Symbol.dispose]: () => clearInterval(timer),
  };
};

const userOf = (localpart: string): UserId => {
  const userId = parseUserId(`@${localpart}:${JOINER}`);
  if (userId === undefined) throw new Error(`bad localpart ${localpart}`);
  return userId;
};
