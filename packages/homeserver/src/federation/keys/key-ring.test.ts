import { randomBytes } from 'node:crypto';
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  parseKeyId,
  parseServerName,
  type ServerName,
  type SigningKey,
  signingKeyFromSeed,
  signJson,
} from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../ports.ts';
import { createMemoryStore } from '../../store/memory-store.ts';
import { engineTables } from '../../store/schema.ts';
import type { FederationTransport, TransportRequest } from '../transport.ts';
import { KeyRing, type KeyUse } from './key-ring.ts';
import { OwnKeys } from './own-keys.ts';

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;
const START = 1_700_000_000_000;

const name = (text: string): ServerName => {
  const parsed = parseServerName(text);
  if (parsed === undefined) throw new Error(`${text} is not a server name`);
  return parsed;
};

const keyId = (text: string) => {
  const parsed = parseKeyId(text);
  if (parsed === undefined) throw new Error(`${text} is not a key ID`);
  return parsed;
};

const newKey = (version: string): SigningKey => signingKeyFromSeed(randomBytes(32), version);

const us = name('us.test');
const them = name('them.test');
const notary = name('notary.test');

type Said = {
  readonly server?: string;
  readonly keys: readonly SigningKey[];
  readonly old?: readonly { readonly key: SigningKey; readonly expired: number }[];
  readonly until?: number;
  /** Who signs; all of `keys` when not given. */
  readonly signers?: readonly SigningKey[];
};

/** What a server says of its keys, signed. */
const say = ({ server = them, keys, old = [], until = START + DAY, signers = keys }: Said): JsonObject =>
  signers.reduce<JsonObject>((answer, key) => signJson(answer, server, key), {
    server_name: server,
    valid_until_ts: until,
    verify_keys: Object.fromEntries(keys.map((key) => [key.keyId, { key: key.publicKey }])),
    old_verify_keys: Object.fromEntries(
      old.map(({ key, expired }) => [key.keyId, { key: key.publicKey, expired_ts: expired }]),
    ),
  });

type Answer = JsonValue | undefined;

/** A key ring with a clock of its own, and servers that answer what a test says. */
const ring = async (notaries: readonly ServerName[] = []) => {
  let now = START;
  const clock: Clock = { now: () => now, schedule: () => ({ [Symbol.dispose]: () => {} }) };
  const answers = new Map<string, (request: TransportRequest) => Answer>();
  const asked: { readonly server: string; readonly path: string; readonly body: JsonValue }[] = [];
  const failure = { kind: 'failed', code: 'unreachable', reason: 'nobody is there' } as const;
  const transport: FederationTransport = {
    async request(request) {
      const body = request.body === undefined ? undefined : parseJson(Buffer.from(request.body));
      asked.push({ server: request.destination, path: request.path, body: body?.ok ? body.value : null });
      const answer = answers.get(request.destination)?.(request);
      if (answer === undefined) return failure;
      return { kind: 'response', status: 200, headers: {}, body: Buffer.from(canonicalJson(answer)) };
    },
    stream: async () => failure,
    streamUrl: async () => failure,
    [Symbol.asyncDispose]: async () => {},
  };
  const store = createMemoryStore(engineTables);
  const own = await OwnKeys.open({ serverName: us, store, clock }, newKey('us'));
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const keys = new KeyRing({
    ...{ serverName: us, store, transport, clock, log, own },
    notaries: () => notaries,
  });
  const get = async (version: string, use: KeyUse, server = them) =>
    (await keys.get({ server, keyId: keyId(`ed25519:${version}`), use }))?.base64;
  return {
    keys,
    own,
    asked,
    forRequest: (version: string, server?: ServerName) => get(version, { kind: 'request' }, server),
    forEvent: (version: string, at: number | undefined, server?: ServerName) =>
      get(version, { kind: 'event', at }, server),
    answer: (server: ServerName, answer: Answer | ((request: TransportRequest) => Answer)) =>
      void answers.set(server, typeof answer === 'function' ? answer : () => answer),
    pass: (ms: number) => {
      now += ms;
    },
    now: () => now,
  };
};

const at = (value: JsonValue, key: string): JsonValue =>
  (isJsonObject(value) ? value[key] : undefined) ?? null;

describe('the key of another server', () => {
  it('is fetched once and kept', async () => {
    const net = await ring();
    const key = newKey('a');
    net.answer(them, say({ keys: [key] }));
    const found = await Promise.all([net.forRequest('a'), net.forRequest('a'), net.forEvent('a', START)]);
    expect(found).toEqual([key.publicKey, key.publicKey, key.publicKey]);
    expect(net.asked).toHaveLength(1);
  });

  it('verifies events up to the moment until which it is valid, whenever they come, and none after it', async () => {
    const net = await ring();
    const key = newKey('a');
    net.answer(them, say({ keys: [key], until: START + DAY }));
    expect(await net.forEvent('a', START + DAY)).toBe(key.publicKey);
    expect(await net.forEvent('a', START + DAY + 1)).toBe(undefined);
    net.answer(them, undefined);
    net.pass(30 * DAY);
    expect(await net.forEvent('a', START + HOUR)).toBe(key.publicKey);
    expect(await net.forEvent('a', START + 29 * DAY)).toBe(undefined);
    expect(await net.forRequest('a')).toBe(undefined);
  });

  it('is asked for anew when its time is over', async () => {
    const net = await ring();
    const key = newKey('a');
    net.answer(them, () => say({ keys: [key], until: net.now() + DAY }));
    await net.forRequest('a');
    net.pass(3 * DAY);
    expect(await net.forRequest('a')).toBe(key.publicKey);
    expect(await net.forEvent('a', net.now())).toBe(key.publicKey);
    expect(net.asked).toHaveLength(2);
  });

  it('is believed for seven days at most, whatever the server says', async () => {
    const net = await ring();
    const key = newKey('a');
    net.answer(them, say({ keys: [key], until: START + 3650 * DAY }));
    expect(await net.forEvent('a', START + 7 * DAY)).toBe(key.publicKey);
    net.answer(them, undefined);
    net.pass(7 * DAY + 1);
    expect(await net.forRequest('a')).toBe(undefined);
    expect(await net.forEvent('a', START + 8 * DAY)).toBe(undefined);
  });

  it('is not asked for an event further ahead than any answer could reach', async () => {
    const net = await ring();
    net.answer(them, say({ keys: [newKey('a')] }));
    expect(await net.forEvent('a', START + 8 * DAY)).toBe(undefined);
    expect(net.asked).toEqual([]);
  });

  it('verifies events of the room versions that do not ask for its time, whatever that is', async () => {
    const net = await ring();
    const [key, old] = [newKey('a'), newKey('old')];
    net.answer(them, say({ keys: [key], old: [{ key: old, expired: START - DAY }], until: START - HOUR }));
    expect(await net.forEvent('a', undefined)).toBe(key.publicKey);
    expect(await net.forEvent('old', undefined)).toBe(old.publicKey);
  });

  it('that was given up verifies events from before, none from after, and no request', async () => {
    const net = await ring();
    const [key, old] = [newKey('a'), newKey('old')];
    net.answer(them, say({ keys: [key], old: [{ key: old, expired: START - DAY }] }));
    expect(await net.forEvent('old', START - DAY)).toBe(old.publicKey);
    expect(await net.forEvent('old', START - DAY + 1)).toBe(undefined);
    expect(await net.forRequest('old')).toBe(undefined);
    expect(await net.forRequest('a')).toBe(key.publicKey);
  });

  it('that is given up while we know it ends with the answer that says so', async () => {
    const net = await ring();
    const [first, second] = [newKey('a'), newKey('b')];
    net.answer(them, say({ keys: [first] }));
    expect(await net.forRequest('a')).toBe(first.publicKey);
    net.pass(HOUR);
    net.answer(them, say({ keys: [second], old: [{ key: first, expired: START + HOUR / 2 }] }));
    expect(await net.forRequest('b')).toBe(second.publicKey);
    expect(await net.forRequest('a')).toBe(undefined);
    expect(await net.forEvent('a', START + HOUR / 2)).toBe(first.publicKey);
    expect(await net.forEvent('a', START + HOUR)).toBe(undefined);
  });
});

describe('an answer about keys', () => {
  const mine = newKey('a');
  const other = newKey('b');
  const good = say({ keys: [mine] });
  const bad: readonly (readonly [string, Answer])[] = [
    ['for another server', say({ server: 'else.test', keys: [mine] })],
    ['without a signature', say({ keys: [mine], signers: [] })],
    ['signed by a key that is not in it', say({ keys: [mine], signers: [other] })],
    [
      'with one right and one wrong signature',
      { ...say({ keys: [mine, other] }), ...mixed(say({ keys: [mine, other] }), 'ed25519:b') },
    ],
    ['that was changed after it was signed', { ...good, valid_until_ts: START + 5 * DAY }],
    ['without keys', say({ keys: [], signers: [mine] })],
    ['without its time', signJson({ server_name: them, verify_keys: good['verify_keys'] ?? {} }, them, mine)],
    ['that is a list', [good]],
    ['whose key has small order', smallOrder()],
    ['whose key everybody knows', say({ keys: [signingKeyFromSeed(new Uint8Array(32), 'a')] })],
  ];

  it.each(bad)('%s gives nothing and takes no good key away', async (_what, answer) => {
    const net = await ring();
    net.answer(them, answer);
    expect(await net.forRequest('a')).toBe(undefined);
    expect(await net.forEvent('a', undefined)).toBe(undefined);
    net.pass(HOUR);
    net.answer(them, good);
    expect(await net.forRequest('a')).toBe(mine.publicKey);
    net.answer(them, answer);
    expect(await net.forRequest('unknown')).toBe(undefined);
    expect(net.asked).toHaveLength(3);
    expect(await net.forRequest('a')).toBe(mine.publicKey);
  });

  it('never puts another key under an ID whose key is still good', async () => {
    const net = await ring();
    const thief = newKey('a');
    net.answer(them, good);
    await net.forRequest('a');
    net.answer(them, say({ keys: [thief, other] }));
    expect(await net.forRequest('b')).toBe(undefined);
    expect(await net.forRequest('a')).toBe(mine.publicKey);
    net.answer(them, say({ keys: [other], old: [{ key: thief, expired: START - DAY }] }));
    expect(await net.forRequest('b')).toBe(undefined);
    expect(await net.forRequest('a')).toBe(mine.publicKey);
  });

  it('gives an ID to another key when the one before is over: a server was set up anew', async () => {
    const net = await ring();
    const anew = newKey('a');
    net.answer(them, good);
    await net.forRequest('a');
    net.pass(2 * DAY);
    net.answer(them, say({ keys: [anew], until: net.now() + DAY }));
    expect(await net.forRequest('a')).toBe(anew.publicKey);
  });

  it('that is over itself does not shorten what is known', async () => {
    const net = await ring();
    net.answer(them, good);
    await net.forRequest('a');
    net.answer(them, say({ keys: [mine], until: START - DAY }));
    await net.forRequest('unknown');
    expect(net.asked).toHaveLength(2);
    expect(await net.forRequest('a')).toBe(mine.publicKey);
  });
});

describe('a server that does not help', () => {
  it('is asked five times a minute at most, whatever key IDs are named', async () => {
    const net = await ring();
    net.answer(them, say({ keys: [newKey('a')] }));
    for (let n = 0; n < 100; n++) expect(await net.forRequest(`made_up_${n}`)).toBe(undefined);
    expect(net.asked).toHaveLength(5);
  });

  it('is not asked again for a while when it did not answer, and believed when it is back', async () => {
    const net = await ring();
    for (let n = 0; n < 100; n++) await net.forRequest(`made_up_${n}`);
    expect(net.asked).toHaveLength(1);
    const key = newKey('a');
    net.answer(them, say({ keys: [key] }));
    net.pass(30_000);
    expect(await net.forRequest('a')).toBe(key.publicKey);
  });

  it('does not keep the others waiting: all are asked at once', async () => {
    const net = await ring();
    const servers = Array.from({ length: 20 }, (_, n) => name(`s${n}.test`));
    const key = newKey('a');
    for (const server of servers) net.answer(server, say({ server, keys: [key] }));
    await net.keys.prepare([
      { server: them, keyId: keyId('ed25519:a'), use: { kind: 'event', at: START } },
      ...servers.map((server) => ({ server, keyId: key.keyId, use: { kind: 'event', at: START } as const })),
    ]);
    expect(net.asked).toHaveLength(21);
    for (const server of servers) expect(await net.forEvent('a', START, server)).toBe(key.publicKey);
    expect(net.asked).toHaveLength(21);
  });
});

describe('a notary', () => {
  const key = newKey('a');
  const notaryKey = newKey('n');
  const ofNotary = say({ server: notary, keys: [notaryKey] });
  const passOn = (answer: JsonObject, by = notaryKey): JsonObject => signJson(answer, notary, by);
  const withNotary = async (answers: readonly JsonObject[]) => {
    const net = await ring([notary]);
    net.answer(notary, ({ method }) => (method === 'GET' ? ofNotary : { server_keys: answers }));
    return net;
  };

  it('is asked after the server itself, in one question about all, and believed', async () => {
    const others = [name('x.test'), name('y.test')];
    const told = [them, ...others].map((server) => passOn(say({ server, keys: [key] })));
    const net = await withNotary(told);
    await net.keys.prepare(
      [them, ...others].map((server) => ({ server, keyId: key.keyId, use: { kind: 'event', at: START } })),
    );
    const questions = net.asked.filter(({ path }) => path === '/_matrix/key/v2/query');
    expect(net.asked.slice(0, 3).map(({ server }) => server)).toEqual([them, ...others]);
    expect(questions).toHaveLength(1);
    const wish = { 'ed25519:a': { minimum_valid_until_ts: START } };
    expect(questions[0]?.body).toEqual({
      server_keys: { 'them.test': wish, 'x.test': wish, 'y.test': wish },
    });
    expect(await net.forEvent('a', START)).toBe(key.publicKey);
    expect(await net.forEvent('a', START, others[1])).toBe(key.publicKey);
  });

  it('is not asked about a server that answers', async () => {
    const net = await withNotary([]);
    net.answer(them, say({ keys: [key] }));
    expect(await net.forRequest('a')).toBe(key.publicKey);
    expect(net.asked.map(({ server }) => server)).toEqual([them]);
  });

  const lies: readonly (readonly [string, JsonObject])[] = [
    ['that it did not sign', say({ keys: [key] })],
    ['that another key signed in its name', passOn(say({ keys: [key] }), newKey('n'))],
    ['that the server did not sign', passOn(say({ keys: [key], signers: [] }))],
  ];

  it.each(lies)('is not believed in an answer %s', async (_what, answer) => {
    const net = await withNotary([answer]);
    expect(await net.forRequest('a')).toBe(undefined);
    expect(net.asked.some(({ path }) => path === '/_matrix/key/v2/query')).toBe(true);
  });

  it('is not listened to about a server that nobody asked for', async () => {
    const unasked = name('else.test');
    const net = await withNotary([passOn(say({ server: unasked, keys: [key] }))]);
    expect(await net.forRequest('a')).toBe(undefined);
    net.answer(notary, undefined);
    expect(await net.forRequest('a', unasked)).toBe(undefined);
  });

  it('cannot replace a key, nor bring one back that was given up', async () => {
    const [thief, second] = [newKey('a'), newKey('b')];
    const net = await withNotary([passOn(say({ keys: [thief] })), passOn(say({ keys: [key] }))]);
    net.answer(them, say({ keys: [second], old: [{ key, expired: START - DAY }] }));
    expect(await net.forRequest('b')).toBe(second.publicKey);
    net.answer(them, undefined);
    expect(await net.forEvent('a', START)).toBe(undefined);
    expect(net.asked.filter(({ path }) => path === '/_matrix/key/v2/query')).toHaveLength(1);
    expect(await net.forEvent('a', START)).toBe(undefined);
    expect(await net.forEvent('a', START - DAY)).toBe(key.publicKey);
  });

  it('keeps a server from being asked about no more often than the server itself', async () => {
    const net = await withNotary([]);
    for (let n = 0; n < 50; n++) await net.forRequest(`made_up_${n}`);
    expect(net.asked.filter(({ server }) => server === them)).toHaveLength(1);
    // Some servers refuse a question that does not say until when.
    expect(net.asked.at(-1)?.body).toEqual({
      server_keys: { 'them.test': { 'ed25519:made_up_0': { minimum_valid_until_ts: START } } },
    });
    expect(net.asked).toHaveLength(2);
  });
});

/** The same answer with the signature by this key made that of something else. */
function mixed(answer: JsonObject, changed: string): JsonObject {
  const own = at(answer['signatures'] ?? null, them);
  const signatures = isJsonObject(own) ? own : {};
  return { signatures: { [them]: { ...signatures, [changed]: signatures['ed25519:a'] ?? '' } } };
}

/** A point of small order: it verifies signatures that nobody made. */
function smallOrder(): JsonObject {
  return {
    server_name: them,
    valid_until_ts: START + DAY,
    verify_keys: { 'ed25519:a': { key: 'A'.repeat(43) } },
    signatures: { [them]: { 'ed25519:a': 'A'.repeat(86) } },
  };
}
