/** Invitations by a third-party identifier, of which an identity server finds out whose it is. */
import { randomBytes } from 'node:crypto';
import {
  banUser,
  boundInvites,
  createRoom,
  joinRoom,
  remoteMemberships,
  roomById,
  sendEvent,
  stateEvent,
} from '@causeway/homeserver';
import { type JsonObject, type RoomId, signingKeyFromSeed, signJson, type UserId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hurriedClock } from './hurried-clocks.ts';
import { eventually, type StandInAnswer, TestNetwork, type TestServer } from './network.ts';
import { membership, sharedRoom } from './north-and-south.ts';
import { signedRequest } from './signed-transaction.ts';

/** A try in vain is repeated after some hundredths of a second. */
const FASTER = 500;

const identityKey = signingKeyFromSeed(randomBytes(32), '0');
const VALIDITY = 'https://identity.test/pubkey/isvalid';

let network: TestNetwork;
let north: TestServer;
let south: TestServer;
let ada: UserId;
let sol: UserId;

beforeEach(async () => {
  network = new TestNetwork();
  north = await network.add('north.test');
  south = await network.add('south.test', { clock: hurriedClock(FASTER) });
  ada = north.user('ada');
  sol = south.user('sol');
});

afterEach(() => network[Symbol.asyncDispose]());

const publicKey = identityKey.publicKey;

/** Ada invites whoever has some address of mail. */
const offer = (roomId: RoomId, content: JsonObject = {}, token = 'token') =>
  sendEvent(north.engine, {
    roomId,
    sender: ada,
    type: 'm.room.third_party_invite',
    stateKey: token,
    content: {
      display_name: 's…@south.test',
      public_key: publicKey,
      key_validity_url: VALIDITY,
      public_keys: [{ public_key: publicKey, key_validity_url: VALIDITY }],
      ...content,
    },
  });

const signed = (mxid: string, token = 'token', key = identityKey) =>
  signJson({ mxid, token }, 'identity.test', key);

/** What an identity server tells the server of whoever it is. */
const bind = async (
  server: TestServer,
  roomId: string,
  proof: JsonObject,
  more: JsonObject = {},
  method: 'PUT' | 'POST' = 'PUT',
) => {
  const { mxid } = proof;
  const invite = {
    medium: 'email',
    address: 'sol@south.test',
    mxid,
    room_id: roomId,
    sender: ada,
    signed: proof,
  };
  const answer = await server.app.inject({
    method,
    url: '/_matrix/federation/v1/3pid/onbind',
    headers: { host: server.name },
    body: JSON.stringify({ medium: 'email', address: 'sol@south.test', mxid, invites: [invite], ...more }),
  });
  return [answer.status, JSON.parse(Buffer.from(answer.bytes).toString())] as const;
};

const invitationOf = (server: TestServer, roomId: RoomId, userId: UserId) =>
  server.engine.store.read(async (reader) => {
    const user_nid = await server.engine.names.userNid(reader, userId);
    return user_nid === undefined ? undefined : reader.get(remoteMemberships, { user_nid, room_id: roomId });
  });

const stateIn = ({ engine }: TestServer, roomId: RoomId, type: string, key: string) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room && (await stateEvent(engine, reader, room, type, key))?.pdu;
  });

const memberEvent = (server: TestServer, roomId: RoomId, userId: UserId) =>
  stateIn(server, roomId, 'm.room.member', userId);

const offerIn = (server: TestServer, roomId: RoomId) =>
  stateIn(server, roomId, 'm.room.third_party_invite', 'token');

const waiting = (server: TestServer) => server.engine.store.read((reader) => reader.count(boundInvites, {}));

const settled = () => eventually('nothing waits', async () => (await waiting(south)) === 0);

/** What the identity server says of its key. */
const keyIs = (answer: StandInAnswer) => {
  network.answerUrl = (url) => (url.startsWith(`${VALIDITY}?public_key=`) ? answer : undefined);
};

const answersOfExchange = () =>
  network.requests
    .filter(({ path }) => path.includes('/exchange_third_party_invite/'))
    .map(({ status }) => status);

describe('an invitation by a third-party identifier', () => {
  it.each(['1', '6', '11', '12'])(
    'reaches whoever it belongs to, through the server of whoever invited, in room version %s',
    async (room_version) => {
      const roomId = await createRoom(north.engine, ada, { preset: 'private_chat', room_version });
      await offer(roomId);
      keyIs({ status: 200, body: { valid: true } });
      expect(await bind(south, roomId, signed(sol))).toEqual([200, {}]);
      const invitation = await eventually('sol is invited', () => invitationOf(south, roomId, sol));
      expect(invitation).toMatchObject({ membership: 'invite', sender: ada });
      await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: [north.name] });
      expect(await membership(north.engine, roomId, sol)).toBe('join');
      expect(await waiting(south)).toBe(0);
    },
  );

  it('says by which proof it was made good, and not to which address it went', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await offer(roomId);
    keyIs({ status: 200, body: { valid: true } });
    const proof = signed(sol);
    await bind(south, roomId, proof);
    const event = await eventually('the invitation', () => memberEvent(north, roomId, sol));
    expect(event.content).toMatchObject({
      membership: 'invite',
      third_party_invite: { display_name: 's…@south.test', signed: proof },
    });
    expect(event.sender).toBe(ada);
    expect(JSON.stringify(event)).not.toContain('sol@south.test');
  });

  it('is made good by the server of whoever it belongs to when that is in the room', async () => {
    const roomId = await sharedRoom({ network, north, south, ada, sol });
    await offer(roomId);
    await eventually('south has the offer', () => offerIn(south, roomId));
    const sue = south.user('sue');
    expect(await bind(south, roomId, signed(sue))).toEqual([200, {}]);
    await eventually('north knows', async () => (await membership(north.engine, roomId, sue)) === 'invite');
    expect(answersOfExchange()).toEqual([]);
    const event = await memberEvent(north, roomId, sue);
    expect([event?.sender, Object.keys(event?.signatures ?? {})]).toEqual([ada, ['south.test']]);
    await joinRoom(south.engine, { userId: sue, roomIdOrAlias: roomId });
    await eventually('north knows', async () => (await membership(north.engine, roomId, sue)) === 'join');
  });

  it('is made good between two people of one server', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await offer(roomId);
    keyIs({ status: 200, body: { valid: true } });
    const ann = north.user('ann');
    await bind(north, roomId, signed(ann));
    await eventually(
      'ann is invited',
      async () => (await membership(north.engine, roomId, ann)) === 'invite',
    );
  });

  it('waits for the other server, also over a restart', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await offer(roomId);
    keyIs({ status: 200, body: { valid: true } });
    network.cut('north.test', true);
    expect(await bind(south, roomId, signed(sol))).toEqual([200, {}]);
    await eventually('it was tried', async () => answersOfExchange().length > 1);
    south = await south.restart();
    expect(await waiting(south)).toBe(1);
    network.cut('north.test', false);
    await eventually('sol is invited', () => invitationOf(south, roomId, sol));
    await settled();
  });

  it('is refused by a key that is not valid any more, and waits where that can not be asked', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await offer(roomId);
    keyIs({ status: 200, body: { valid: false } });
    await bind(south, roomId, signed(sol));
    await settled();
    expect(answersOfExchange()).toEqual([403]);
    keyIs('failed');
    await bind(south, roomId, signed(sol));
    await eventually('it was tried', async () => answersOfExchange().includes(502));
    expect(await invitationOf(south, roomId, sol)).toBeUndefined();
    keyIs({ status: 200, body: { valid: true } });
    await eventually('sol is invited', () => invitationOf(south, roomId, sol));
  });

  it('needs no address for its key, and may be told of with POST', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await offer(roomId, { key_validity_url: 7, public_keys: [{ public_key: publicKey }] });
    expect(await bind(south, roomId, signed(sol), {}, 'POST')).toEqual([200, {}]);
    await eventually('sol is invited', () => invitationOf(south, roomId, sol));
  });

  it.each<[string, (roomId: RoomId) => JsonObject]>([
    ['another token', () => signed(sol, 'other')],
    ['another key', () => signed(sol, 'token', signingKeyFromSeed(randomBytes(32), '0'))],
    ['a changed word', () => ({ ...signed(sol), more: true })],
  ])('is refused with %s', async (_what, proof) => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await offer(roomId);
    keyIs({ status: 200, body: { valid: true } });
    await bind(south, roomId, proof(roomId));
    await settled();
    expect(answersOfExchange()).toEqual([403]);
    expect(await invitationOf(south, roomId, sol)).toBeUndefined();
  });

  it('lets nobody in who is banned', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await offer(roomId);
    await banUser(north.engine, { roomId, sender: ada, target: sol });
    keyIs({ status: 200, body: { valid: true } });
    await bind(south, roomId, signed(sol));
    await settled();
    expect(await membership(north.engine, roomId, sol)).toBe('ban');
  });

  it('is asked for by the server of whoever it belongs to, in the name of somebody of ours only', async () => {
    const roomId = await createRoom(north.engine, ada, { preset: 'private_chat' });
    await offer(roomId, { key_validity_url: 7, public_keys: [] });
    const west = await network.add('west.test');
    const good = (proof = signed(sol)): JsonObject => ({
      type: 'm.room.member',
      room_id: roomId,
      sender: ada,
      state_key: sol,
      content: { membership: 'invite', third_party_invite: { display_name: 'sol', signed: proof } },
    });
    const ask = async (from: TestServer, body: JsonObject, room: string = roomId) => {
      const url = `/_matrix/federation/v1/exchange_third_party_invite/${encodeURIComponent(room)}`;
      const answer = await signedRequest(from, north, { method: 'PUT', url, body: JSON.stringify(body) });
      return [answer.status, JSON.parse(Buffer.from(answer.bytes).toString()).errcode];
    };
    expect(await ask(west, good())).toEqual([403, 'M_FORBIDDEN']);
    expect(await ask(south, { ...good(), sender: sol })).toEqual([403, 'M_FORBIDDEN']);
    expect(await ask(south, { ...good(), sender: '@nobody:north.test' })).toEqual([403, 'M_FORBIDDEN']);
    expect(await ask(south, good(), '!none:north.test')).toEqual([404, 'M_NOT_FOUND']);
    const wrong: readonly JsonObject[] = [
      {},
      { ...good(), type: 'm.room.name' },
      { ...good(), room_id: '!other:north.test' },
      { ...good(), state_key: 7 },
      { ...good(), content: { membership: 'join' } },
      { ...good(), content: { membership: 'invite', third_party_invite: { signed: 'yes' } } },
      good(signed('@sue:south.test')),
      good({ ...signed(sol), padding: 'x'.repeat(9_000) }),
    ];
    for (const body of wrong) expect(await ask(south, body)).toEqual([400, 'M_INVALID_PARAM']);
    expect(await ask(south, good())).toEqual([200, undefined]);
    expect(await membership(north.engine, roomId, sol)).toBe('invite');
  });

  it('is believed of nobody without a look, and bounded', async () => {
    const roomId = '!room:north.test';
    expect((await bind(south, roomId, signed('@sol:west.test')))[0]).toBe(400);
    expect((await bind(south, 'no room', signed(sol)))[0]).toBe(400);
    expect((await bind(south, roomId, { mxid: sol }))[0]).toBe(400);
    expect((await bind(south, roomId, signed(sol), { invites: 'all' }))[0]).toBe(400);
    expect((await bind(south, roomId, signed(sol), { invites: Array(101).fill({}) }))[0]).toBe(400);
    expect((await bind(south, roomId, signed(sol), { mxid: south.user('sue') }))[0]).toBe(400);
    // Who exists is not answered.
    expect(await bind(south, roomId, signed('@nobody:south.test'))).toEqual([200, {}]);
    expect(await waiting(south)).toBe(0);
    expect(network.requests).toEqual([]);
    network.cut('north.test', true);
    const refused = async () => (await bind(north, roomId, signed(ada)))[1];
    await eventually('it is too much', async () => (await refused()).errcode === 'M_LIMIT_EXCEEDED');
  });
});
