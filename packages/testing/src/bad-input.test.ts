/** What a transaction's answer says about PDUs that are not as they should be. */
import {
  createRoom,
  forwardExtremities,
  inviteUser,
  joinRoom,
  roomById,
  sendEvent,
  stagedPdus,
} from '@causeway/homeserver';
import {
  canonicalJson,
  type EventId,
  eventIdOf,
  getRoomVersion,
  hashAndSignEvent,
  isJsonObject,
  type JsonObject,
  type Pdu,
  parseJson,
  type RoomId,
  type RoomVersionRules,
  signRequest,
  type UnsignedPdu,
  type UserId,
  depthOf,
} from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, TestNetwork, type TestServer } from './network.ts';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;
let roomId: RoomId;
let rules: RoomVersionRules;
let txn = 0;

beforeEach(async () => {
  network = new TestNetwork();
  north = await network.add('north.test');
  south = await network.add('south.test');
  ada = north.user('ada');
  sol = south.user('sol');
  roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
  await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
  const found = getRoomVersion('12');
  if (found === undefined) throw new Error('no room version 12');
  rules = found;
});

afterEach(() => network[Symbol.asyncDispose]());

/** An event by sol that fits the room's graph, changed as a test needs, not sent anywhere. */
const draft = async (change: Partial<UnsignedPdu> = {}): Promise<UnsignedPdu> => {
  const { pdu, eventId } = await latest();
  const auth = await north.engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const entries = room ? await north.engine.states.entries(reader, room.room_nid, room.state_root) : [];
    const events = await north.engine.events.many(
      reader,
      entries.map(([, nid]) => nid),
    );
    return events.filter(
      (event) =>
        event.pdu.type === 'm.room.power_levels' ||
        (event.pdu.type === 'm.room.member' && event.pdu.state_key === sol),
    );
  });
  return {
    type: 'm.room.message',
    room_id: roomId,
    sender: sol,
    content: { msgtype: 'm.text', body: `draft ${++txn}` },
    depth: Number(depthOf(pdu)) + 1,
    origin_server_ts: Date.now(),
    prev_events: [eventId],
    auth_events: auth.map((event) => event.eventId),
    ...change,
  };
};

/** The newest event that south has. */
const latest = () =>
  south.engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error('no room');
    const row = await reader.first(forwardExtremities, { where: { room_nid: room.room_nid }, reverse: true });
    return south.engine.events.byNid(reader, row?.event_nid ?? 0);
  });

const sign = (event: UnsignedPdu) =>
  hashAndSignEvent(rules, event, south.engine.serverName, south.engine.signingKey);

/** Sends the text of PDUs as south would, and returns the answer. */
const sendRaw = async (pdus: readonly string[], edus: readonly string[] = []) => {
  const uri = `/_matrix/federation/v1/send/t${++txn}`;
  const body = `{"edus":[${edus.join(',')}],"origin":"south.test","origin_server_ts":1,"pdus":[${pdus.join(',')}]}`;
  const parsed = parseJson(body);
  const authorization = signRequest(
    {
      method: 'PUT',
      uri,
      origin: south.engine.serverName,
      destination: north.engine.serverName,
      ...(parsed.ok ? { canonicalContent: body } : {}),
    },
    south.engine.signingKey,
  );
  const answer = await north.app.inject({ method: 'PUT', url: uri, headers: { authorization }, body });
  const content = parseJson(answer.bytes);
  return { status: answer.status, body: content.ok && isJsonObject(content.value) ? content.value : {} };
};

const stored = (eventId: string) =>
  north.engine.store.read(async (reader) => north.engine.events.byId(reader, eventId));

/** After a bad PDU: a good sibling and the room's next events go through. */
const expectRoomWorks = async () => {
  const eventId = await sendEvent(south.engine, {
    roomId,
    sender: sol,
    type: 'm.room.message',
    content: { msgtype: 'm.text', body: 'the next' },
  });
  await eventually('the next event', async () => (await stored(eventId))?.verdict === 'accepted');
  const left = await north.engine.store.read((reader) => reader.scan(stagedPdus, {}));
  expect(left).toEqual([]);
};

const pdusOf = (body: JsonObject): JsonObject => (isJsonObject(body['pdus']) ? body['pdus'] : {});

/** Sends one bad PDU between two good ones. */
const sendBetweenGoodOnes = async (bad: string) => {
  const first = sign(await draft());
  const second = sign(await draft());
  const answer = await sendRaw([canonicalJson(first.pdu), bad, canonicalJson(second.pdu)]);
  expect(answer.status).toBe(200);
  for (const { eventId } of [first, second]) {
    expect(pdusOf(answer.body)[eventId]).toEqual({});
    await eventually('a sibling', async () => (await stored(eventId))?.verdict === 'accepted');
  }
  await expectRoomWorks();
  return pdusOf(answer.body);
};

const errorOf = (verdicts: JsonObject, eventId: EventId) => {
  const verdict = verdicts[eventId];
  return isJsonObject(verdict) ? verdict['error'] : undefined;
};

describe('a transaction with one bad PDU is answered with 200, and its siblings go through, when the PDU', () => {
  it('has a bad signature', async () => {
    const { pdu, eventId } = sign(await draft());
    const forged = {
      ...pdu,
      signatures: { 'south.test': { [south.engine.signingKey.keyId]: 'A'.repeat(86) } },
    };
    const verdicts = await sendBetweenGoodOnes(canonicalJson(forged));
    expect(errorOf(verdicts, eventId)).toEqual(expect.any(String));
    expect(await stored(eventId)).toBeUndefined();
  });

  it('has a sender of another server', async () => {
    const { pdu, eventId } = sign(await draft({ sender: ada }));
    const verdicts = await sendBetweenGoodOnes(canonicalJson(pdu));
    expect(errorOf(verdicts, eventId)).toEqual(expect.any(String));
    expect(await stored(eventId)).toBeUndefined();
  });

  it.each([
    ['a float', '1.5'],
    ['an integer beyond 2^53-1', '9007199254740992'],
    ['a lone surrogate', '"\\ud800"'],
    ['nesting of 5,000 levels', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ])('holds %s', async (_what, value) => {
    const { pdu, eventId } = sign(await draft({ content: { msgtype: 'm.text', body: 'x', odd: 'PLACE' } }));
    await sendBetweenGoodOnes(canonicalJson(pdu).replace('"PLACE"', value));
    expect(await stored(eventId)).toBeUndefined();
  });

  it('is nested one level deeper than other servers take', async () => {
    const place = canonicalJson(sign(await draft({ content: { body: 'x', deep: 'PLACE' } })).pdu);
    // The event and its content are two levels.
    const nested = (levels: number) => `${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}`;
    await sendBetweenGoodOnes(place.replace('"PLACE"', nested(128)));
    const parsed = parseJson(nested(127));
    const deepest = sign(await draft({ content: { body: 'x', deep: parsed.ok ? parsed.value : null } }));
    await sendBetweenGoodOnes(canonicalJson(deepest.pdu));
    await eventually(
      'the deepest event',
      async () => (await stored(deepest.eventId))?.verdict === 'accepted',
    );
  });

  it('is 65,537 bytes long', async () => {
    const event = await draft();
    const frame = Buffer.byteLength(canonicalJson(sign({ ...event, content: { body: '' } }).pdu));
    const fits = sign({ ...event, content: { body: 'x'.repeat(65_536 - frame) } });
    const tooLarge = sign({ ...event, content: { body: 'x'.repeat(65_537 - frame) } });
    await sendBetweenGoodOnes(canonicalJson(tooLarge.pdu));
    expect(await stored(tooLarge.eventId)).toBeUndefined();
    await sendBetweenGoodOnes(canonicalJson(fits.pdu));
    await eventually('the largest event', async () => (await stored(fits.eventId))?.verdict === 'accepted');
  });

  it('has a wrong content hash: it is kept, redacted', async () => {
    const { pdu } = sign(await draft());
    const changed: Pdu = { ...pdu, content: { msgtype: 'm.text', body: 'something else' } };
    const eventId = eventIdOf(rules, changed);
    const verdicts = await sendBetweenGoodOnes(canonicalJson(changed));
    expect(verdicts[eventId]).toEqual({});
    await eventually('the redacted event', async () => (await stored(eventId))?.verdict === 'accepted');
    expect((await stored(eventId))?.pdu.content).toEqual({});
  });

  it('has a key __proto__: it is kept and hashed', async () => {
    const content = JSON.parse('{"msgtype":"m.text","body":"x","__proto__":{"a":1}}') as JsonObject;
    const { pdu, eventId } = sign(await draft({ content }));
    const verdicts = await sendBetweenGoodOnes(canonicalJson(pdu));
    expect(verdicts[eventId]).toEqual({});
    await eventually('the event', async () => (await stored(eventId))?.verdict === 'accepted');
    expect(JSON.stringify((await stored(eventId))?.pdu.content)).toContain('"__proto__":{"a":1}');
  });

  it('is not an object, or names no room, or a room that is not known', async () => {
    await sendBetweenGoodOnes('17');
    await sendBetweenGoodOnes('{"type":"m.room.message"}');
    await sendBetweenGoodOnes('{"type":"m.room.message","room_id":"!unknown:south.test"}');
  });

  it('is not allowed by the rules: it is rejected, and never on the timeline', async () => {
    const { pdu, eventId } = sign(
      await draft({ type: 'm.room.power_levels', state_key: '', content: { users: { [sol]: 100 } } }),
    );
    await sendBetweenGoodOnes(canonicalJson(pdu));
    await eventually('the verdict', async () => (await stored(eventId))?.verdict === 'rejected');
    expect((await stored(eventId))?.position).toBeNull();
  });
});

describe('a whole transaction is refused with 400 only when', () => {
  it('its body can not be read', async () => {
    const answer = await sendRaw(['{"broken": ']);
    expect(answer.status).toBe(400);
    expect(answer.body['errcode']).toBe('M_NOT_JSON');
  });

  it('it has 51 PDUs or 101 EDUs', async () => {
    expect((await sendRaw(new Array(51).fill('{}'))).status).toBe(400);
    expect((await sendRaw([], new Array(101).fill('{}'))).status).toBe(400);
    expect((await sendRaw(new Array(50).fill('{}'), new Array(100).fill('{}'))).status).toBe(200);
    await expectRoomWorks();
  });
});

describe('a repeated transaction', () => {
  it('gets the same answer and has no second effect', async () => {
    const { pdu, eventId } = sign(await draft());
    const before = txn;
    const first = await sendRaw([canonicalJson(pdu)]);
    await eventually('the event', async () => (await stored(eventId))?.verdict === 'accepted');
    txn = before;
    const second = await sendRaw([canonicalJson(pdu)]);
    expect(second).toEqual(first);
    await expectRoomWorks();
  });
});

describe('a lying resident server', () => {
  const joinAgain = async () => {
    const closed = await createRoom(south.engine, sol, { preset: 'public_chat' });
    return joinRoom(north.engine, { userId: ada, roomIdOrAlias: closed, via: ['south.test'] });
  };

  it.each([
    ['another type', { type: 'm.room.power_levels' }],
    ['another sender', { sender: '@nils:north.test' }],
    ['another state key', { state_key: '@nils:north.test' }],
    ['another room', { room_id: '!other:south.test' }],
    ['another membership', { content: { membership: 'ban' } }],
  ])('gets nothing signed by a make_join answer with %s', async (_what, change) => {
    network.tamper = ({ path }, answer) => {
      if (!path.startsWith('/_matrix/federation/v1/make_join')) return answer;
      const made = JSON.parse(answer) as { event: object };
      return JSON.stringify({ ...made, event: { ...made.event, ...change } });
    };
    await expect(joinAgain()).rejects.toThrow(/not the join that was asked for/);
    expect(network.requests.some((request) => request.path.includes('/send_join/'))).toBe(true);
    const sent = network.requests.filter(
      (request) => request.from === 'north.test' && request.path.includes('/send_join/'),
    );
    expect(sent).toEqual([]);
  });

  it('gets only a join signed, whatever else its answer has', async () => {
    network.tamper = ({ path }, answer) => {
      if (!path.startsWith('/_matrix/federation/v1/make_join')) return answer;
      const made = JSON.parse(answer) as { event: object };
      const event = { ...made.event, redacts: '$x', content: { membership: 'join', evil: true } };
      return JSON.stringify({ ...made, event });
    };
    await joinAgain();
    const sent = network.requests.find(
      (request) => request.from === 'north.test' && request.path.includes('/send_join/'),
    );
    expect(sent?.body).not.toContain('evil');
    expect(sent?.body).not.toContain('redacts');
  });

  it.each([
    ['another event', (event: object) => ({ ...event, origin_server_ts: 1 })],
    ['nothing', () => undefined],
    ['a number', () => 17],
  ])('gets no one into the room by answering an invitation with %s', async (_what, change) => {
    network.tamper = ({ path }, answer) => {
      if (!path.startsWith('/_matrix/federation/v2/invite')) return answer;
      const { event } = JSON.parse(answer) as { event: object };
      return JSON.stringify({ event: change(event) });
    };
    const closed = await createRoom(north.engine, ada, {});
    const invited = inviteUser(north.engine, { roomId: closed, sender: ada, target: sol });
    await expect(invited).rejects.toThrow(/south\.test answered with something else than the invitation/);
    network.tamper = (_request, answer) => answer;
    await expect(inviteUser(north.engine, { roomId: closed, sender: ada, target: sol })).resolves.toMatch(
      /^\$/,
    );
  });

  it('that can not be reached is named in the refusal of a join', async () => {
    network.cut('south.test', true);
    const refused = joinRoom(north.engine, {
      userId: ada,
      roomIdOrAlias: '!some:south.test',
      via: ['south.test'],
    });
    await expect(refused).rejects.toThrow(/south\.test can't be reached/);
  });
});
