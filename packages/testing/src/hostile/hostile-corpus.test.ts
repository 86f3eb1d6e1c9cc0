/**
 * Everything that a server may send and should not: what the specification makes of it, and that nothing else suffers.
 * After each item both servers hear each other in its room; after each group everything that can be read of the room
 * is read, other rooms are heard, and all of it again after a restart.
 */
import { isJsonObject, type JsonObject } from '@causeway/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../organisations.ts';
import { signedRequest } from '../signed-transaction.ts';
import { absurd } from './absurd-events.ts';
import { forbidden } from './forbidden-events.ts';
import { emptyTransactions, noTransaction, unreadable } from './hostile-bodies.ts';
import { hostileEdus } from './hostile-edus.ts';
import { type HostileGround, startHostileGround } from './hostile-ground.ts';
import type { HostileEvent } from './hostile-item.ts';
import { malformed } from './malformed-events.ts';
import { missigned } from './missigned-events.ts';
import { chosen, lenient } from './old-room-events.ts';

let ground: HostileGround;
/** Dropped events whose sender was told why. */
let told = 0;

beforeAll(async () => {
  ground = await startHostileGround();
});
afterAll(() => ground[Symbol.asyncDispose]());
// What a server sends is never a fault of ours.
afterEach(() => {
  expect(ground.faults()).toEqual([]);
});

const stored = (eventId: string) => {
  const { engine } = ground.north;
  return engine.store.read((reader) => engine.events.byId(reader, eventId));
};

const pdusOf = (body: JsonObject): JsonObject => (isJsonObject(body.pdus) ? body.pdus : {});

/** Sends one, and looks what becomes of it. */
const judged = async (roomId: string, { make, verdict, reason }: HostileEvent): Promise<void> => {
  const { north, south, samId } = ground;
  const { made, text } = await make({
    receiver: north.engine,
    author: south.engine,
    roomId,
    sender: samId,
  });
  const { status, body } = await ground.send(`{"pdus":[${text}],"edus":[]}`);
  expect(status).toBe(200);
  const answers = Object.values(pdusOf(body));
  if (verdict === 'dropped') {
    const reasons = ground.dropped();
    expect(reasons).toEqual([expect.stringMatching(reason ?? /./)]);
    // Of what no event ID can be made, nothing can be said to its sender.
    expect([[], [{ error: reasons[0] }]]).toContainEqual(answers);
    told += answers.length;
    expect(await stored(made.eventId)).toBeUndefined();
    return;
  }
  expect(answers).toEqual([{}]);
  const [eventId = ''] = Object.keys(pdusOf(body));
  const event = await until('its verdict', () => stored(eventId));
  expect([event.verdict, event.reason]).toEqual([
    verdict === 'rejected' ? 'rejected' : 'accepted',
    verdict === 'rejected' ? expect.stringMatching(reason ?? /./) : null,
  ]);
  if (verdict === 'redacted') expect(event.pdu.content).toEqual({});
};

const groups: readonly (readonly [name: string, version: string, items: readonly HostileEvent[]])[] = [
  ['no events of their room version', '12', malformed],
  ['not what their author signed', '12', missigned],
  ['allowed and absurd', '12', absurd],
  ['forbidden', '12', forbidden],
  ['of a room of version 5', '5', lenient],
  ['of a room of version 1', '1', chosen],
];

describe.each(groups)('events that are %s', (_name, room_version, items) => {
  let roomId: string;
  beforeAll(async () => {
    roomId = await ground.room({ room_version });
  });

  it.each(items.map((item) => [item.verdict, item.name, item] as const))(
    'are %s, and the room goes on: %s',
    async (_verdict, _item, item) => {
      await judged(roomId, item);
      await ground.talks(roomId);
    },
  );

  it('leave everything as it was, also after a restart', async () => {
    await ground.works(roomId);
    await ground.restart();
    await ground.works(roomId);
    await ground.isJoined(roomId);
  });
});

it('whoever sends events that are dropped is told why of nearly all of them', () => {
  expect(told).toBeGreaterThanOrEqual(40);
});

describe('EDUs', () => {
  it('of every kind with everything wrong change nothing, and the transaction is taken', async () => {
    const { nora, sam } = ground;
    const roomId = await ground.room();
    const edus = hostileEdus({ roomId, sender: sam.userId, receiver: nora.userId });
    expect(edus.length).toBeGreaterThan(200);
    for (let from = 0; from < edus.length; from += 100) {
      const texts = edus.slice(from, from + 100).map(({ text }) => text);
      const { status, body } = await ground.send(`{"pdus":[],"edus":[${texts.join(',')}]}`);
      expect([status, body]).toEqual([200, { pdus: {} }]);
    }
    const sync = JSON.stringify(await nora.ok('GET', '/sync'));
    expect(sync).not.toContain('forged');
    expect((await nora.ok('GET', `/presence/${nora.userId}/status`)).status_msg).toBeUndefined();
    await ground.works(roomId);
    await ground.restart();
    await ground.works(roomId);
  });
});

describe('bodies', () => {
  it.each([...unreadable, ...noTransaction, ...emptyTransactions].map((body) => [body.name, body] as const))(
    'are answered with what is wrong with them: %s',
    async (_name, { body, status, errcode }) => {
      const answer = await ground.send(body);
      expect([answer.status, answer.body.errcode]).toEqual([status, errcode]);
    },
  );

  it.each([
    'PUT /v2/send_join/ROOM/$x',
    'PUT /v1/send_join/ROOM/$x',
    'PUT /v2/send_leave/ROOM/$x',
    'PUT /v1/send_leave/ROOM/$x',
    'PUT /v1/send_knock/ROOM/$x',
    'PUT /v2/invite/ROOM/$x',
    'PUT /v1/invite/ROOM/$x',
    'POST /v1/get_missing_events/ROOM',
    'POST /v1/publicRooms',
  ])('that are none are refused by every other operation: %s', async (operation) => {
    const roomId = await ground.room();
    const [method = '', path = ''] = operation.split(' ');
    const url = `/_matrix/federation${path.replace('ROOM', encodeURIComponent(roomId))}`;
    const ask = async (body: string | Uint8Array) => {
      const answer = await signedRequest(ground.south, ground.north, { method, url, body });
      const { errcode } = JSON.parse(Buffer.from(answer.bytes).toString());
      return [answer.status, errcode];
    };
    for (const { body } of unreadable) expect(await ask(body)).toEqual([400, 'M_NOT_JSON']);
    for (const body of ['null', '7', '[]', '"{}"']) expect(await ask(body)).toEqual([400, 'M_BAD_JSON']);
    const [status, errcode] = await ask(`{"event":${'['.repeat(400_000)}${']'.repeat(400_000)}}`);
    expect([200, 400]).toContain(status);
    if (status !== 200) expect(errcode).toMatch(/^M_/);
  });

  it('leave everything as it was, also after a restart', async () => {
    const roomId = await ground.room();
    await ground.works(roomId);
    await ground.restart();
    await ground.works(roomId);
  });
});
