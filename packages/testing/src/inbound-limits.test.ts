/** What another server, or whoever says to be one, may ask of us; over sockets, by addresses of the loopback network. */
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { systemClock } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, parseJson, signRequest } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestNetwork, type TestServer } from './network.ts';

const ONE_SERVER_BURST = 1_000;
const ONE_ADDRESS_BURST = 3_000;
const AT_ONCE = 50;
const MIB = 1024 * 1024;
const HOME = '127.0.0.1';
const ELSEWHERE = '127.0.0.2';
const QUERY = '/_matrix/federation/v1/query/directory?room_alias=%23none%3Anorth.test';
const VERSION = '/_matrix/federation/v1/version';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let listening: Server;
let port: number;
/** The time of the limits. */
let now: number;
/** Requests for which a signature would have been looked at next. */
let looked: number;
let opened: (() => void)[];

beforeEach(async () => {
  now = 0;
  looked = 0;
  opened = [];
  network = new TestNetwork();
  north = await network.add('north.test', {
    limitInbound: { now: () => now, schedule: systemClock.schedule },
    policy: (question) => {
      // Nobody gets further, but south.
      if (question.kind !== 'exchange' || question.direction !== 'inbound') return true;
      looked += 1;
      return question.server === 'south.test';
    },
  });
  south = await network.add('south.test');
  listening = createServer(north.app.handle);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterEach(async () => {
  for (const end of opened) end();
  listening.closeAllConnections();
  await new Promise((resolve) => listening.close(resolve));
  await network[Symbol.asyncDispose]();
});

type Answered = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: JsonObject;
};

const answerOf = async (incoming: IncomingMessage): Promise<Answered> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const parsed = parseJson(Buffer.concat(chunks));
  return {
    status: incoming.statusCode ?? 0,
    retryAfter: incoming.headers['retry-after'],
    body: parsed.ok && isJsonObject(parsed.value) ? parsed.value : {},
  };
};

type Sent = {
  readonly path?: string;
  readonly from?: string;
  readonly authorization?: string;
};

const ask = ({ path = QUERY, from = HOME, authorization }: Sent): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const headers = authorization === undefined ? {} : { authorization };
    httpRequest({ host: '127.0.0.1', port, path, localAddress: from, headers }, (incoming) => {
      answerOf(incoming).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });

/** Begins a transaction of which no byte of the body comes, until it is ended. */
const begin = (bytes: number, origin = 'forged.test') => {
  const path = `/_matrix/federation/v1/send/${crypto.randomUUID()}`;
  const headers = { authorization: forged(origin), 'content-length': String(bytes), expect: '100-continue' };
  const request = httpRequest({ host: '127.0.0.1', port, path, method: 'PUT', agent: false, headers });
  request.on('error', () => {});
  opened.push(() => request.destroy());
  // Node itself says that it goes on, in the moment in which it hands the request over.
  const arrived = new Promise<void>((resolve) => request.on('continue', () => resolve()));
  const answer = new Promise<Answered>((resolve, reject) => {
    request.on('response', (incoming) => answerOf(incoming).then(resolve, reject));
  });
  request.flushHeaders();
  return { arrived, answer, end: () => request.destroy() };
};

const forged = (origin: string) =>
  `X-Matrix origin="${origin}",destination="north.test",key="ed25519:1",sig="${'A'.repeat(86)}"`;

const bySouth = () =>
  signRequest(
    { method: 'GET', uri: QUERY, origin: south.engine.serverName, destination: north.engine.serverName },
    south.engine.signingKey,
  );

/** Asks so many times from home, one after the other, and counts the answers by their status. */
const flood = async (times: number, sent: (index: number) => Sent) => {
  const statuses: { [status: number]: number } = {};
  for (let index = 0; index < times; index++) {
    const { path = QUERY, authorization } = sent(index);
    const headers: { [name: string]: string } = authorization === undefined ? {} : { authorization };
    const { status } = await north.app.inject({ method: 'GET', url: path, headers });
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
};

describe('what is asked under one name', () => {
  it('is refused with M_LIMIT_EXCEEDED before the signature is looked at, and taken again later', async () => {
    const flooding = { authorization: forged('other.test') };
    expect(await flood(ONE_SERVER_BURST + 10, () => flooding)).toEqual({ 403: ONE_SERVER_BURST, 429: 10 });
    expect(looked).toBe(ONE_SERVER_BURST);
    expect(await ask(flooding)).toMatchObject({
      status: 429,
      retryAfter: '1',
      body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 5 },
    });
    now += 1_000;
    expect(await flood(210, () => flooding)).toEqual({ 403: 200, 429: 10 });
  });

  it('takes nothing from the server that has the name, nor from others at the same address', async () => {
    const flooding = { authorization: forged('south.test') };
    expect(await flood(ONE_SERVER_BURST + 1, () => flooding)).toMatchObject({ 429: 1 });
    expect((await ask({ from: ELSEWHERE, authorization: bySouth() })).status).toBe(404);
    expect((await ask({ authorization: forged('other.test') })).status).toBe(403);
  });
});

describe('one address', () => {
  it('has one allowance for all the names that it gives', async () => {
    const statuses = await flood(ONE_ADDRESS_BURST + 10, (index) => ({
      authorization: forged(`n${index}.test`),
    }));
    expect(statuses).toEqual({ 403: ONE_ADDRESS_BURST, 429: 10 });
    expect((await ask({ from: ELSEWHERE, authorization: bySouth() })).status).toBe(404);
  });

  it('has an allowance for what needs no signature', async () => {
    expect(await flood(ONE_SERVER_BURST + 10, () => ({ path: VERSION }))).toEqual({
      200: ONE_SERVER_BURST,
      429: 10,
    });
    expect((await ask({ path: VERSION, from: ELSEWHERE })).status).toBe(200);
  });
});

describe('requests that do not end', () => {
  it('are so many at once, and make room when they are gone', async () => {
    const held = Array.from({ length: AT_ONCE }, () => begin(1));
    await Promise.all(held.map(({ arrived }) => arrived));
    const refused = { status: 429, retryAfter: '1', body: { errcode: 'M_LIMIT_EXCEEDED' } };
    expect(await ask({ authorization: forged('forged.test') })).toMatchObject(refused);
    expect((await ask({ authorization: forged('other.test') })).status).toBe(403);
    held[0]?.end();
    await expect
      .poll(async () => (await ask({ authorization: forged('forged.test') })).status, { timeout: 10_000 })
      .toBe(403);
  });

  it('have no more than 64 MiB of bodies together', async () => {
    const held = Array.from({ length: 4 }, () => begin(13 * MIB));
    await Promise.all(held.map(({ arrived }) => arrived));
    await expect(begin(13 * MIB).answer).resolves.toMatchObject({ status: 429 });
    expect((await ask({ authorization: forged('forged.test') })).status).toBe(403);
  });
});
