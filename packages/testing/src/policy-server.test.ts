/** Rooms with a policy server: what it signs enters, what it does not sign does not. */
import {
  createRoom,
  type Engine,
  inviteUser,
  joinRoom,
  kickUser,
  leaveAllRooms,
  leaveRoom,
  receiveTransaction,
  roomById,
  sendEvent,
  stateEvent,
} from '@causeway/homeserver';
import {
  getRoomVersion,
  isJsonObject,
  type Pdu,
  parseJson,
  type RoomId,
  type SigningKey,
  signEvent,
  signingKeyFromSeed,
  type UserId,
} from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type StandInAnswer, TestNetwork, type TestServer } from './network.ts';

const POLICY = 'policy.test';
const KEY = 'ed25519:policy_server';
const SIGN = '/_matrix/policy/v1/sign';
const VERSION = '12';
const refusal = (status: number, errcode: string, error = 'This looks like spam.'): StandInAnswer => ({
  status,
  body: { errcode, error },
});

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;
let key: SigningKey;
let wrongKey: SigningKey;
let asked: { readonly from: string; readonly pdu: Pdu; readonly timeoutMs: number | undefined }[];
/** What the policy server answers. */
let judge: (pdu: Pdu) => Promise<StandInAnswer>;
/** Whether transactions reach north. */
let isQuiet: boolean;

const signedWith =
  (by: SigningKey) =>
  async (pdu: Pdu): Promise<StandInAnswer> => {
    const rules = getRoomVersion(VERSION);
    if (rules === undefined) throw new Error('no rules');
    const signed = signEvent(rules, { ...pdu, signatures: {} }, named(POLICY), by);
    return { status: 200, body: signed.signatures };
  };

const named = (name: string) => {
  const server = network.servers.get(name)?.engine.serverName;
  if (server === undefined) throw new Error(`no server ${name}`);
  return server;
};

beforeEach(async () => {
  network = new TestNetwork();
  north = await network.add('north.test', { defaultRoomVersion: VERSION });
  south = await network.add('south.test');
  const policy = await network.add(POLICY);
  ada = north.user('ada');
  sol = south.user('sol');
  policy.user('guard');
  key = signingKeyFromSeed(new Uint8Array(32).fill(7), 'policy_server');
  wrongKey = signingKeyFromSeed(new Uint8Array(32).fill(8), 'policy_server');
  asked = [];
  judge = signedWith(key);
  isQuiet = false;
  network.standIn = async (request, from) => {
    const { destination: to, path, body = '', timeoutMs } = request;
    if (isQuiet && to === 'north.test' && path.includes('/v1/send/')) return 'failed';
    if (path !== SIGN || to !== POLICY) return undefined;
    const content = parseJson(body);
    if (!content.ok || !isJsonObject(content.value)) throw new Error('no event to sign');
    const pdu = content.value as Pdu;
    asked.push({ from, pdu, timeoutMs });
    return judge(pdu);
  };
});

afterEach(() => network[Symbol.asyncDispose]());

const publicKey = () => key.publicKey;

const setPolicy = (roomId: RoomId, content: { readonly [name: string]: object | string }) =>
  sendEvent(north.engine, {
    roomId,
    sender: ada,
    type: 'm.room.policy',
    stateKey: '',
    content: JSON.parse(JSON.stringify(content)),
  });

/** A room of both servers with the policy server in it. */
const guardedRoom = async (): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
  await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: ['north.test'] });
  const policy = network.servers.get(POLICY);
  if (policy === undefined) throw new Error('no policy server');
  await joinRoom(policy.engine, { userId: policy.user('guard'), roomIdOrAlias: roomId, via: ['north.test'] });
  await setPolicy(roomId, { via: POLICY, public_keys: { ed25519: publicKey() } });
  await eventually('the policy at south', () => state(south.engine, roomId, 'm.room.policy'));
  await eventually('the guard at south', () =>
    state(south.engine, roomId, 'm.room.member', `@guard:${POLICY}`),
  );
  return roomId;
};

const state = (engine: Engine, roomId: RoomId, type: string, stateKey = '') =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room && (await stateEvent(engine, reader, room, type, stateKey));
  });

const say = (server: TestServer, sender: UserId, roomId: RoomId, body: string) =>
  sendEvent(server.engine, { roomId, sender, type: 'm.room.message', content: { msgtype: 'm.text', body } });

const stored = (engine: Engine, eventId: string) =>
  engine.store.read((reader) => engine.events.byId(reader, eventId));

const arrived = (engine: Engine, eventId: string) =>
  eventually(`${eventId} at ${engine.serverName}`, async () => {
    const event = await stored(engine, eventId);
    return event?.outlier === false ? event : undefined;
  });

const signatureOf = (pdu: Pdu | undefined) => pdu?.signatures[named(POLICY)]?.[KEY];

/** South's event as a server would send it that did not ask the policy server. */
const sendUnsigned = async (roomId: RoomId, body: string): Promise<string> => {
  isQuiet = true;
  const eventId = await say(south, sol, roomId, body);
  const event = await stored(south.engine, eventId);
  if (event === undefined) throw new Error('south has not stored its event');
  const { [named(POLICY)]: _, ...signatures } = event.pdu.signatures;
  const pdus = [JSON.parse(JSON.stringify({ ...event.pdu, signatures }))];
  asked = [];
  const content = { pdus, edus: [] };
  await receiveTransaction(north.engine, { origin: south.engine.serverName, txnId: `t-${body}`, content });
  return eventId;
};

describe('an event of ours in a room with a policy server', () => {
  it('is signed by it before anybody gets it, and so is state', async () => {
    const roomId = await guardedRoom();
    const message = await say(south, sol, roomId, 'hello');
    const topic = await sendEvent(north.engine, {
      roomId,
      sender: ada,
      type: 'm.room.topic',
      stateKey: '',
      content: { topic: 'guarded' },
    });
    for (const { engine } of [north, south]) {
      for (const eventId of [message, topic]) {
        const event = await arrived(engine, eventId);
        expect([event.verdict, typeof signatureOf(event.pdu)]).toEqual(['accepted', 'string']);
      }
    }
    // Each once, by its own server: who receives it sees that it is signed.
    expect(asked.map(({ from, pdu }) => [from, pdu.type])).toEqual([
      ['south.test', 'm.room.message'],
      ['north.test', 'm.room.topic'],
    ]);
    expect(asked.every(({ timeoutMs = Number.POSITIVE_INFINITY }) => timeoutMs <= 10_000)).toBe(true);
  });

  it.each<[string, () => Promise<StandInAnswer>, object]>([
    [
      'refuses',
      async () => refusal(400, 'M_FORBIDDEN'),
      { errcode: 'M_FORBIDDEN', message: 'This looks like spam.' },
    ],
    ['is busy', async () => refusal(429, 'M_LIMIT_EXCEEDED'), { errcode: 'M_LIMIT_EXCEEDED' }],
    ['is down', async () => 'failed', { errcode: 'M_FORBIDDEN', message: expect.stringContaining(POLICY) }],
    ['is none', async () => refusal(404, 'M_UNRECOGNIZED'), { errcode: 'M_FORBIDDEN' }],
    ['wants to sign the client out', async () => refusal(401, 'M_UNKNOWN_TOKEN'), { errcode: 'M_FORBIDDEN' }],
    ['answers nothing', async () => ({ status: 200, body: {} }), { errcode: 'M_FORBIDDEN' }],
    [
      'signs nonsense',
      async () => ({ status: 200, body: { [POLICY]: { [KEY]: 'AAAA' } } }),
      { errcode: 'M_FORBIDDEN', message: expect.stringContaining('valid') },
    ],
  ])('is refused and kept nowhere when the policy server %s', async (_, answer, error) => {
    const roomId = await guardedRoom();
    const before = await state(north.engine, roomId, 'm.room.member', sol);
    judge = answer;
    await expect(say(north, ada, roomId, 'spam')).rejects.toMatchObject(error);
    await expect(kickUser(north.engine, { roomId, sender: ada, target: sol })).rejects.toMatchObject({
      errcode: expect.any(String),
    });
    expect((await state(north.engine, roomId, 'm.room.member', sol))?.eventId).toBe(before?.eventId);
    judge = signedWith(key);
    const next = await arrived(south.engine, await say(north, ada, roomId, 'fine'));
    expect(next.pdu.content['body']).toBe('fine');
    expect(next.pdu.prev_events).toHaveLength(1);
  });

  it.each<[string, () => Promise<StandInAnswer>]>([
    ['refuses', async () => refusal(400, 'M_FORBIDDEN')],
    ['is down', async () => 'failed'],
  ])('lets people leave and accounts end when the policy server %s', async (_, answer) => {
    const roomId = await guardedRoom();
    const bob = north.user('bob');
    await joinRoom(north.engine, { userId: bob, roomIdOrAlias: roomId });
    await eventually('bob at south', () => state(south.engine, roomId, 'm.room.member', bob));
    const membership = async (engine: Engine, user: UserId) =>
      (await state(engine, roomId, 'm.room.member', user))?.pdu.content['membership'];
    judge = answer;
    await leaveRoom(north.engine, { roomId, sender: bob });
    const parting = await state(north.engine, roomId, 'm.room.member', bob);
    expect(parting?.pdu.content['membership']).toBe('leave');
    // Others do not take it as it is, but learn of it by what comes after it.
    expect((await arrived(south.engine, parting?.eventId ?? '')).verdict).toBe('soft-failed');
    judge = signedWith(key);
    await say(north, ada, roomId, 'bob is gone');
    await eventually('the parting at south', async () => (await membership(south.engine, bob)) === 'leave');
    judge = answer;
    await leaveAllRooms(north.engine, { userId: ada, nameless: true, goesOn: async () => true });
    expect(await membership(north.engine, ada)).toBe('leave');
  });

  it('is refused when the signature is by another key than that of the room', async () => {
    const roomId = await guardedRoom();
    judge = signedWith(wrongKey);
    await expect(say(north, ada, roomId, 'hello')).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
  });

  it('waits for a slow policy server, and keeps nobody else waiting', async () => {
    const roomId = await guardedRoom();
    const other = await createRoom(north.engine, ada, { preset: 'public_chat' });
    let answer = () => {};
    const isSlow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    judge = async (pdu) => {
      if (pdu.sender === ada) await isSlow;
      return signedWith(key)(pdu);
    };
    let isSent = false;
    const sending = say(north, ada, roomId, 'slow').finally(() => {
      isSent = true;
    });
    await arrived(north.engine, await say(south, sol, roomId, 'meanwhile'));
    await say(north, ada, other, 'elsewhere');
    expect(isSent).toBe(false);
    answer();
    await arrived(south.engine, await sending);
  });

  it('is not shown to it when it says which policy server there is', async () => {
    const roomId = await guardedRoom();
    judge = async () => 'failed';
    asked = [];
    await setPolicy(roomId, {});
    expect(asked).toEqual([]);
    await arrived(south.engine, await say(north, ada, roomId, 'without'));
    expect(asked).toEqual([]);
  });

  it('is not shown to a server that has nobody in the room', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'public_chat' });
    await setPolicy(roomId, { via: POLICY, public_keys: { ed25519: publicKey() } });
    await say(north, ada, roomId, 'free');
    expect(asked).toEqual([]);
  });

  it('that invites or lets in somebody of another server is signed, too', async () => {
    const roomId = await guardedRoom();
    const west = await network.add('west.test');
    const wes = west.user('wes');
    await inviteUser(north.engine, { roomId, sender: ada, target: wes });
    const invitation = network.requests.findLast(({ path }) => path.includes('/invite/'))?.body ?? '';
    expect(JSON.parse(invitation)).toMatchObject({
      event: { signatures: { [POLICY]: { [KEY]: expect.any(String) } } },
    });
    await joinRoom(west.engine, { userId: wes, roomIdOrAlias: roomId, via: ['north.test'] });
    const join = await eventually('the join at south', () =>
      state(south.engine, roomId, 'm.room.member', wes),
    );
    const event = await arrived(south.engine, join.eventId);
    expect(event.verdict).toBe('accepted');
    judge = async () => refusal(400, 'M_FORBIDDEN');
    const woe = west.user('woe');
    const refused = joinRoom(west.engine, { userId: woe, roomIdOrAlias: roomId, via: ['north.test'] });
    await expect(refused).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' });
  });
});

describe('an event of another server that its policy server has not signed', () => {
  it('is asked for, and taken with the signature', async () => {
    const roomId = await guardedRoom();
    const event = await arrived(north.engine, await sendUnsigned(roomId, 'hello'));
    expect(asked).toHaveLength(1);
    expect([event.verdict, typeof signatureOf(event.pdu)]).toEqual(['accepted', 'string']);
  });

  it.each<[string, () => Promise<StandInAnswer>]>([
    ['refuses', async () => refusal(400, 'M_FORBIDDEN')],
    ['is down', async () => 'failed'],
    ['signs nonsense', async () => ({ status: 200, body: { [POLICY]: { [KEY]: 'AAAA' } } })],
  ])('is soft-failed when the policy server %s, and the room goes on', async (_, answer) => {
    const roomId = await guardedRoom();
    const sign = judge;
    judge = async (pdu) => (asked.at(-1)?.from === 'north.test' ? answer() : sign(pdu));
    const event = await arrived(north.engine, await sendUnsigned(roomId, 'spam'));
    expect(event.verdict).toBe('soft-failed');
    expect(asked).toHaveLength(1);
    judge = sign;
    const next = await arrived(north.engine, await say(north, ada, roomId, 'on'));
    expect(next.pdu.prev_events).not.toContain(event.eventId);
  });
});
