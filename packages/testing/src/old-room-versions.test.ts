/** What servers of old rooms may send, and two that choose the same event ID. */
import {
  createRoom,
  type Engine,
  joinRoom,
  receiveTransaction,
  roomById,
  sendEvent,
} from '@causeway/homeserver';
import {
  canonicalJson,
  contentHash,
  encodeBase64,
  type EventId,
  getRoomVersion,
  JsonFault,
  lenientCanonicalJson,
  type Pdu,
  parseEventId,
  parseJson,
  type RoomId,
  signedJson,
  type UserId,
} from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, TestNetwork, type TestServer } from './network.ts';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;

beforeEach(async () => {
  network = new TestNetwork();
  north = await network.add('north.test');
  south = await network.add('south.test');
  ada = north.user('ada');
  sol = south.user('sol');
});

afterEach(() => network[Symbol.asyncDispose]());

const shared = async (version: string): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', room_version: version });
  await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
  return roomId;
};

const say = (server: TestServer, sender: UserId, roomId: RoomId, body: string) =>
  sendEvent(server.engine, { roomId, sender, type: 'm.room.message', content: { msgtype: 'm.text', body } });

const stored = (engine: Engine, eventId: string) =>
  engine.store.read((reader) => engine.events.byId(reader, eventId));

/** An event of south like `like`, with changes, hashed and signed as old rooms allow it. */
const signLeniently = (version: string, like: Pdu, change: Partial<Pdu>): Pdu => {
  const rules = getRoomVersion(version);
  if (rules === undefined) throw new Error(`no room version ${version}`);
  const { unsigned: _unsigned, signatures: _signatures, hashes: _hashes, ...rest } = { ...like, ...change };
  const event = { ...rest, hashes: { sha256: '' }, signatures: {} };
  const hashed = { ...event, hashes: { sha256: contentHash(event, rules) } };
  const { engine } = south;
  const signature = encodeBase64(engine.signingKey.sign(Buffer.from(signedJson(rules, hashed))));
  return { ...hashed, signatures: { [engine.serverName]: { [engine.signingKey.keyId]: signature } } };
};

/** Hands a transaction of south to north, as it was read. */
const send = async (pdu: Pdu) => {
  const content = parseJson(JSON.stringify({ pdus: [pdu], edus: [] }));
  if (!content.ok) throw new Error(content.reason);
  return receiveTransaction(north.engine, {
    origin: south.engine.serverName,
    txnId: `t${network.requests.length}${Math.random()}`,
    content: content.value,
  });
};

const chosenId = (text: string): EventId => {
  const id = parseEventId(text);
  if (id === undefined) throw new Error(`${text} is no event ID`);
  return id;
};

describe.each(['1', '5'])('an old room of version %s', (version) => {
  it('takes numbers that canonical JSON does not know, and passes them on as they were written', async () => {
    const roomId = await shared(version);
    const first = await stored(south.engine, await say(south, sol, roomId, 'an ordinary one'));
    if (first === undefined) throw new Error('south lost its own event');
    await eventually(
      'the ordinary one',
      async () => (await stored(north.engine, first.eventId)) !== undefined,
    );
    const content = {
      body: 'odd',
      float: new JsonFault('float', '5.0E1'),
      big: new JsonFault('integer-range', '9007199254740993'),
    };
    const odd = signLeniently(version, first.pdu, {
      content,
      depth: new JsonFault('integer-range', '9223372036854775807'),
      ...(version === '1' ? { event_id: chosenId('$odd:south.test') } : {}),
    });
    const [eventId] = Object.keys((await send(odd)).pdus);
    if (eventId === undefined) throw new Error('north answered nothing');
    await eventually(
      'the odd one',
      async () => (await stored(north.engine, eventId))?.verdict === 'accepted',
    );
    const kept = (await stored(north.engine, eventId))?.pdu;
    expect(JSON.stringify(kept?.content)).toBe('{"body":"odd","float":5.0E1,"big":9007199254740993}');
    // The next event of north builds on it, and a server that joins now verifies it.
    await say(north, ada, roomId, 'the next');
    const west = await network.add('west.test');
    const wil = west.user('wil');
    await joinRoom(west.engine, { userId: wil, roomIdOrAlias: roomId, via: ['north.test'] });
    const answer = await say(west, wil, roomId, 'hello');
    await eventually('the answer', async () => (await stored(north.engine, answer))?.verdict === 'accepted');
  });
});

describe('an event ID that its author chose', () => {
  it('stays with the first event that has it', async () => {
    const roomId = await shared('1');
    const first = await stored(south.engine, await say(south, sol, roomId, 'first'));
    if (first === undefined) throw new Error('south lost its own event');
    await eventually('the first', async () => (await stored(north.engine, first.eventId)) !== undefined);
    const second = signLeniently('1', first.pdu, { content: { body: 'second' } });
    expect(await send(second)).toEqual({ pdus: { [first.eventId]: {} } });
    await eventually('it is dealt with', async () => {
      const next = await say(south, sol, roomId, 'next');
      return eventually('the next', async () => (await stored(north.engine, next))?.verdict === 'accepted');
    });
    expect((await stored(north.engine, first.eventId))?.pdu.content['body']).toBe('first');
  });

  it('does not bring the event of one room into another', async () => {
    const [one, other] = [await shared('1'), await shared('1')];
    const first = await stored(south.engine, await say(south, sol, one, 'in the one room'));
    const place = await stored(south.engine, await say(south, sol, other, 'in the other room'));
    if (first === undefined || place === undefined) throw new Error('south lost its own event');
    await eventually(
      'both',
      async () => (await stored(north.engine, first.eventId)) && stored(north.engine, place.eventId),
    );
    await send(signLeniently('1', place.pdu, { event_id: first.eventId, content: { body: 'stolen' } }));
    const next = await say(south, sol, other, 'next');
    await eventually('the next', async () => (await stored(north.engine, next))?.verdict === 'accepted');
    const kept = await stored(north.engine, first.eventId);
    const room = await north.engine.store.read((reader) => roomById(reader, one));
    expect([kept?.roomNid, kept?.pdu.content['body']]).toEqual([room?.room_nid, 'in the one room']);
  });

  it('must be signed by the server that it names', async () => {
    const roomId = await shared('1');
    const first = await stored(south.engine, await say(south, sol, roomId, 'first'));
    if (first === undefined) throw new Error('south lost its own event');
    const taken = chosenId('$taken:north.test');
    const answer = await send(signLeniently('1', first.pdu, { event_id: taken }));
    expect(answer.pdus[taken]?.error).toMatch(/north\.test/);
    expect(await stored(north.engine, taken)).toBeUndefined();
  });
});

describe('what this server makes', () => {
  it('is canonical JSON in old rooms, too', async () => {
    const roomId = await shared('1');
    const content = { number: new JsonFault('float', '1.5') };
    const made = sendEvent(north.engine, { roomId, sender: ada, type: 'org.example', content });
    await expect(made).rejects.toThrow();
    expect(lenientCanonicalJson(content)).toBe('{"number":1.5}');
    expect(() => canonicalJson(content)).toThrow();
  });
});
