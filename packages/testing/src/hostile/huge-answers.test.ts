/** Answers of hundreds of megabytes, over TLS on loopback, and the memory of the process that reads them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type EventId,
  getRoomVersion,
  hashAndSignEvent,
  type JsonObject,
  type Pdu,
  parseServerName,
  roomIdOf,
  type RoomVersionRules,
  type ServerName,
  signingKeyFromSeed,
  signJson,
  type UnsignedPdu,
  type UserId,
} from '@causeway/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../tls-servers.ts';
import type { FromReader, ToReader } from './huge-answer-reader.ts';

const MIB = 1024 * 1024;
/** What the other server would send if it were let. */
const WHOLE_ANSWER = 500 * MIB;
const LARGE = 60_000;
/** What is on its way when the connection is ended: buffers of both sides. */
const ON_THE_WAY = 16 * MIB;

const nameOf = (text: string): ServerName => {
  const name = parseServerName(text);
  if (name === undefined) throw new Error(`${text} is no server name`);
  return name;
};
const rulesOf = (version: string): RoomVersionRules => {
  const rules = getRoomVersion(version);
  if (rules === undefined) throw new Error(`no room version ${version}`);
  return rules;
};

const south = nameOf('south.test');
const rules = rulesOf('12');
const key = signingKeyFromSeed(new Uint8Array(32).fill(3), 'test');
const sam = '@sam:south.test' as UserId;

type Signed = { readonly pdu: Pdu; readonly eventId: EventId };

/** A public room of south's with nobody in it but sam, made for one answer. */
const makeRoom = (about: string) => {
  let depth = 1;
  const make = (event: Partial<UnsignedPdu> & Pick<UnsignedPdu, 'type' | 'content'>): Signed => {
    const draft: UnsignedPdu = {
      sender: sam,
      state_key: '',
      depth: depth++,
      origin_server_ts: Date.now(),
      prev_events: [],
      auth_events: [],
      ...event,
    };
    return hashAndSignEvent(rules, draft, south, key);
  };
  const create = make({ type: 'm.room.create', content: { room_version: '12', about } });
  const room_id = roomIdOf(rules, create.pdu);
  const member = make({
    type: 'm.room.member',
    room_id,
    state_key: sam,
    prev_events: [create.eventId],
    content: { membership: 'join' },
  });
  const levels = make({
    type: 'm.room.power_levels',
    room_id,
    prev_events: [member.eventId],
    auth_events: [member.eventId],
    content: {},
  });
  const rule = make({
    type: 'm.room.join_rules',
    room_id,
    prev_events: [levels.eventId],
    auth_events: [member.eventId, levels.eventId],
    content: { join_rule: 'public' },
  });
  return { roomId: room_id, make, create, member, levels, rule, base: [create, member, levels, rule] };
};
type MadeRoom = ReturnType<typeof makeRoom>;

type Answer = (room: MadeRoom) => Iterable<string>;

const textOf = ({ pdu }: Signed): string => JSON.stringify(pdu);

/** `{"auth_chain":[],"state":[` and the room itself, then so many events, and then whatever JSON allows there. */
const stateAnd = (count: number, more: (room: MadeRoom, index: number) => string): Answer =>
  function* (room) {
    yield `{"auth_chain":[],"state":[${room.base.map(textOf).join(',')}`;
    for (let index = 0; index < count; index++) yield `,${more(room, index)}`;
    for (;;) yield spaces;
  };

const spaces = ' '.repeat(64 * 1024);
const filling = 'x'.repeat(LARGE);
const large = (auth_events: readonly EventId[], room: MadeRoom, index: number): string =>
  textOf(
    room.make({
      type: 'org.example.large',
      room_id: room.roomId,
      state_key: String(index),
      prev_events: [room.rule.eventId],
      auth_events,
      content: { filling },
    }),
  );

const repeated = function* (before: string, piece: string): Generator<string> {
  yield before;
  for (;;) yield piece;
};

const answers: readonly (readonly [name: string, answer: Answer, refusal: RegExp, mostSent: number])[] = [
  [
    'of large events, all of them right, and spaces after them',
    stateAnd(1_100, (room, index) => large([room.member.eventId, room.levels.eventId], room, index)),
    /has more than 268435456 bytes/,
    256 * MIB,
  ],
  [
    'of large events that wait for others, which never come',
    stateAnd(Infinity, (room, index) =>
      large([`$${'A'.repeat(43)}` as EventId, room.member.eventId], room, index),
    ),
    /wait for events that it has not brought/,
    80 * MIB,
  ],
  [
    'of large events by a server whose key nobody has',
    stateAnd(Infinity, (room, index) =>
      JSON.stringify({
        ...room.member.pdu,
        sender: '@zoe:gone.test',
        state_key: String(index),
        content: { filling },
        signatures: { 'gone.test': { 'ed25519:gone': 'A'.repeat(86) } },
      }),
    ),
    /wait for events that it has not brought/,
    80 * MIB,
  ],
  ['of one value', () => repeated('{"state":["', filling), /a value has more than 262144 bytes/, MIB],
  [
    'of members that nobody knows',
    function* () {
      yield '{"state":[]';
      for (let index = 0; ; index++) yield `,"m${index}":"${filling}"`;
    },
    /more than 100 members/,
    8 * MIB,
  ],
  [
    'of the name of a member',
    () => repeated('{"', filling),
    /the name of a member has more than 256 bytes/,
    MIB,
  ],
];

let child: ChildProcess;
let peer: https.Server;
let room: MadeRoom;
let answer: Answer;
let sent: number;

const order = async (message: ToReader): Promise<FromReader> => {
  child.send(message);
  const [told] = (await once(child, 'message')) as [FromReader];
  return told;
};

beforeAll(async () => {
  const authority = await createCertificateAuthority('test CA');
  const { certPem: cert, keyPem } = await issueCertificate(authority, [south]);
  peer = https.createServer({ cert, key: keyPem }, (request, response) => {
    request.resume();
    respond(request.url ?? '', response).catch(() => response.destroy());
  });
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  const { port } = peer.address() as AddressInfo;
  child = fork(join(import.meta.dirname, 'huge-answer-reader.ts'), {
    execArgv: ['--conditions=@causeway/source', '--expose-gc', `--max-old-space-size=${HEAP_MIB}`],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const overrides = [
    [south, `127.0.0.1:${port}`],
    ['gone.test', '127.0.0.1:1'],
  ] as const;
  expect(await order({ kind: 'start', authority: authority.certPem, overrides })).toEqual({ kind: 'ready' });
  // What the first join of all takes is not an answer's.
  await joinThrough(honest);
}, 60_000);

afterAll(async () => {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
  peer.closeAllConnections();
  peer.close();
  await once(peer, 'close');
});

const keys = (): JsonObject =>
  signJson(
    {
      server_name: south,
      valid_until_ts: Date.now() + 3_600_000,
      verify_keys: { [key.keyId]: { key: key.publicKey } },
      old_verify_keys: {},
    },
    south,
    key,
  );

const template = (): JsonObject => ({
  room_version: '12',
  event: {
    type: 'm.room.member',
    room_id: room.roomId,
    sender: '@nora:north.test',
    state_key: '@nora:north.test',
    content: { membership: 'join' },
    depth: 10,
    origin_server_ts: Date.now(),
    prev_events: [room.rule.eventId],
    auth_events: [room.levels.eventId, room.rule.eventId],
  },
});

const respond = async (url: string, response: ServerResponse): Promise<void> => {
  const head = { 'content-type': 'application/json' };
  if (url.startsWith('/_matrix/key/v2/server')) response.writeHead(200, head).end(JSON.stringify(keys()));
  else if (url.includes('/make_join/')) response.writeHead(200, head).end(JSON.stringify(template()));
  else if (url.includes('/v2/send_join/')) {
    response.writeHead(200, head);
    await pipeline(Readable.from(bounded(answer(room))), response);
  } else response.writeHead(404, head).end('{"errcode":"M_NOT_FOUND","error":"No."}');
};

/** As much as the other side takes, up to the whole answer. */
const bounded = function* (pieces: Iterable<string>): Generator<Buffer> {
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    sent += bytes.length;
    yield bytes;
    if (sent >= WHOLE_ANSWER) return;
  }
};

const honest: Answer = function* ({ base }) {
  yield `{"auth_chain":[],"state":[${base.map(textOf).join(',')}]}`;
};

const joinThrough = async (told: Answer) => {
  answer = told;
  sent = 0;
  room = makeRoom(crypto.randomUUID());
  const began = performance.now();
  const outcome = await order({ kind: 'join', roomId: room.roomId, via: south });
  if (outcome.kind !== 'joined') throw new Error('that is no answer');
  return { ...outcome, ms: performance.now() - began };
};

/** Half of it may be text that waits for other events. A process whose objects take more than this ends. */
const HEAP_MIB = 144;
/** Measured: see the output. Buffers of the connection and of the database are not objects. */
const MAX_GROWTH = 300 * MIB;

describe('an answer to a join, of 500 MB', { timeout: 180_000 }, () => {
  it.each(answers)(
    '%s, is refused at its bound, in bounded memory',
    async (name, told, refusal, mostSent) => {
      const { refusal: said, growth, ms } = await joinThrough(told);
      const figures = `${Math.round(sent / MIB)} MiB sent, ${Math.round(growth / MIB)} MiB of memory, ${Math.round(ms)} ms`;
      process.stdout.write(`${name}: ${figures}\n`);
      expect(said).toMatch(refusal);
      expect(sent).toBeLessThan(mostSent + ON_THE_WAY);
      expect(growth).toBeLessThan(MAX_GROWTH);
    },
  );

  it('leaves the process able to join', async () => {
    expect(await joinThrough(honest)).toMatchObject({ refusal: '' });
  });
});
