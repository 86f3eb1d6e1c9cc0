import { makeAdmin, permitFederation, set, withAdmin } from '@causeway/testing/admins';
import { transportTo } from '@causeway/testing/client-network';
import {
  type ClientServer,
  openTestStore,
  type Person,
  startClientServer,
} from '@causeway/testing/client-server';
import { at, follow, list, type Organisations, roomPath, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const CONTACTS = '/_causeway/admin/contacts';

/** Everything that north ever asked of anybody. */
const fromNorth = ({ sent }: Organisations) => sent.filter(({ origin }) => origin === 'north.test');

const contact = async (admin: Person, server = 'south.test') =>
  list((await admin.ok('GET', CONTACTS)).contacts).find((one) => one.server_name === server);

const decide = async (admin: Person, decision: string, reason?: string, server = 'south.test') => {
  const { version = 0 } = (await contact(admin, server)) ?? {};
  return admin.call('PUT', `${CONTACTS}/${server}`, {
    decision,
    version,
    ...(reason === undefined ? {} : { reason }),
  });
};

const waiting = async (person: Person) =>
  list((await person.ok('GET', '/_causeway/contact-requests')).requests);

const withFirstContact = async () => {
  const net = await withAdmin();
  expect((await set(net.nora, 'federation.first-contact', true)).status).toBe(200);
  net.sent.length = 0;
  return net;
};

const invitedTo = (person: Person, roomId: string) =>
  until('the invitation', async () =>
    at(await person.ok('GET', '/sync'), 'rooms', 'invite', roomId) === undefined ? undefined : true,
  );

describe('the first contact with an organisation', () => {
  it('by our invitation waits, tells so, sends nothing, and goes out when it is approved', async () => {
    await using net = await withFirstContact();
    const { room_id } = await net.nora.ok('POST', '/createRoom', { name: 'Partners' });
    const roomId = String(room_id);
    const invite = { user_id: net.sam.userId, reason: 'Let us talk' };
    const answer = await net.nora.call('POST', `${roomPath(roomId)}/invite`, invite);
    expect(answer).toMatchObject({
      status: 403,
      body: {
        errcode: 'CAUSEWAY_AWAITS_APPROVAL',
        error: expect.stringContaining('waits until an admin of north.test approves'),
      },
    });
    expect((await net.nora.call('POST', `${roomPath(roomId)}/invite`, invite)).status).toBe(403);
    expect(await waiting(net.nora)).toMatchObject([
      { kind: 'invite', server_name: 'south.test', other: net.sam.userId, room: roomId, state: 'waiting' },
    ]);
    expect(await contact(net.nora)).toMatchObject({ status: 'waiting', version: 0 });
    expect(fromNorth(net)).toEqual([]);

    expect((await decide(net.nora, 'approved')).status).toBe(200);
    await invitedTo(net.sam, roomId);
    await net.sam.ok('POST', `${roomPath(roomId)}/join`);
    const { content } =
      list((await net.sam.ok('GET', `${roomPath(roomId)}/members?not_membership=leave`)).chunk).find(
        (event) => event.state_key === net.sam.userId,
      ) ?? {};
    expect(content).toMatchObject({ membership: 'join' });
    await until('what became of it', async () =>
      (await waiting(net.nora)).find((one) => one.state === 'done'),
    );
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?action=contact');
    expect(list(entries)).toMatchObject([
      { action: 'contact.approved', target: 'south.test', actor: net.nora.userId },
    ]);
  });

  it('as a direct message keeps its room, and the invitation is to a direct message when it goes out', async () => {
    await using net = await withFirstContact();
    const answer = await net.nora.call('POST', '/createRoom', { is_direct: true, invite: [net.sam.userId] });
    expect(answer.body).toMatchObject({
      errcode: 'CAUSEWAY_AWAITS_APPROVAL',
      room_id: expect.any(String),
      error: expect.stringContaining('is not invited yet'),
    });
    const roomId = String(answer.body.room_id);
    await decide(net.nora, 'approved');
    await invitedTo(net.sam, roomId);
    const state = list(
      at(await net.sam.ok('GET', '/sync'), 'rooms', 'invite', roomId, 'invite_state', 'events'),
    );
    expect(state.find((event) => event.state_key === net.sam.userId)?.content).toMatchObject({
      is_direct: true,
    });
  });

  it('by joining a room of theirs waits, and is done when it is approved', async () => {
    await using net = await withFirstContact();
    await net.sam.ok('POST', '/createRoom', { preset: 'public_chat', room_alias_name: 'open' });
    net.sent.length = 0;
    const alias = '#open:south.test';
    const answer = await net.nora.call('POST', `/join/${encodeURIComponent(alias)}`);
    expect(answer.body).toMatchObject({ errcode: 'CAUSEWAY_AWAITS_APPROVAL' });
    const knock = await net.nora.call('POST', `/knock/${encodeURIComponent('#closed:south.test')}`);
    expect(knock.body).toMatchObject({ errcode: 'CAUSEWAY_AWAITS_APPROVAL' });
    const lookups = [
      await net.nora.call('GET', '/publicRooms?server=south.test'),
      await net.nora.call('GET', `/directory/room/${encodeURIComponent(alias)}`),
      await net.nora.call('GET', `/profile/${net.sam.userId}`),
      await net.nora.call('GET', '/_matrix/client/v1/media/download/south.test/abc'),
    ];
    for (const lookup of lookups) expect(lookup.status).toBeGreaterThanOrEqual(400);
    expect(fromNorth(net)).toEqual([]);
    expect((await waiting(net.nora)).map((one) => one.kind)).toEqual(['knock', 'join']);
    await decide(net.nora, 'approved');
    const joined = await until('the join', async () => {
      const { joined_rooms } = await net.nora.ok('GET', '/joined_rooms');
      return Array.isArray(joined_rooms) && joined_rooms.length > 0 ? joined_rooms : undefined;
    });
    expect(joined).toHaveLength(1);
    const failed = await until('the knock on a room that is not there', async () =>
      (await waiting(net.nora)).find((one) => one.kind === 'knock' && one.state === 'failed'),
    );
    expect(failed.outcome).toEqual(expect.any(String));
  });

  it('by their invitation is refused with the words that it waits; the person hears of it, and it works later', async () => {
    await using net = await withFirstContact();
    const answer = await net.sam.call('POST', '/createRoom', { invite: [net.nora.userId] });
    expect(answer).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN', error: expect.stringContaining('waits until an admin of north.test') },
    });
    expect(fromNorth(net)).toEqual([]);
    expect(await waiting(net.nora)).toMatchObject([
      { kind: 'invited', other: net.sam.userId, state: 'waiting', person: 'nora' },
    ]);
    await decide(net.nora, 'approved');
    const roomId = String(answer.body.room_id);
    await net.sam.ok('POST', `${roomPath(roomId)}/invite`, { user_id: net.nora.userId });
    await net.nora.ok('POST', `${roomPath(roomId)}/join`);
  });

  it('by joining a room of ours is refused with the words that it waits, whoever asks', async () => {
    await using net = await withFirstContact();
    const { room_id } = await net.nora.ok('POST', '/createRoom', { preset: 'public_chat' });
    const join = () => net.sam.call('POST', `/join/${encodeURIComponent(String(room_id))}?via=north.test`);
    expect((await join()).body.error).toContain('waits until an admin of north.test');
    expect(await contact(net.nora)).toMatchObject({
      status: 'waiting',
      requests: [{ kind: 'joining', other: net.sam.userId, room: room_id }],
    });
    expect(fromNorth(net)).toEqual([]);
    await decide(net.nora, 'approved');
    expect((await join()).status).toBe(200);
  });

  it('that is refused says why: to those who waited, to those who try again, and to the other side', async () => {
    await using net = await withFirstContact();
    const invite = () => net.nora.call('POST', '/createRoom', { invite: [net.sam.userId] });
    await invite();
    expect((await decide(net.nora, 'refused')).body.error).toContain('Say why');
    expect((await decide(net.nora, 'refused', 'We have no contract.')).status).toBe(200);
    expect(await waiting(net.nora)).toMatchObject([{ state: 'refused', outcome: 'We have no contract.' }]);
    expect((await invite()).body).toMatchObject({
      errcode: 'M_FORBIDDEN',
      error: expect.stringContaining('We have no contract.'),
    });
    const theirs = await net.sam.call('POST', '/createRoom', { invite: [net.nora.userId] });
    expect(theirs.body).toMatchObject({
      errcode: 'M_FORBIDDEN',
      error: expect.stringContaining('We have no contract.'),
    });
    expect(fromNorth(net)).toEqual([]);
    const [mine] = await waiting(net.nora);
    await net.nora.ok('DELETE', `/_causeway/contact-requests/${String(mine?.id)}`);
    expect(await waiting(net.nora)).toEqual([]);
    // The decision stays when the setting is switched off again.
    await set(net.nora, 'federation.first-contact', false);
    expect((await invite()).body.error).toContain('We have no contract.');
    await decide(net.nora, 'approved');
    expect((await invite()).status).toBe(200);
  });

  it('needs nobody for organisations on the list, and those that share rooms already', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    await set(net.nora, 'federation.first-contact', true);
    expect(await contact(net.nora)).toMatchObject({ status: 'approved', decided_by: net.nora.userId });
    await net.nora.ok('PUT', `${roomPath(roomId)}/send/m.room.message/1`, { msgtype: 'm.text', body: 'x' });
    await makeAdmin(net.south, net.sam);
    await set(net.sam, 'federation.first-contact', true);
    expect((await set(net.sam, 'federation.auto-approve', ['East.test:8448'])).body.error).toContain('port');
    await set(net.sam, 'federation.auto-approve', ['EAST.test']);
    const elsewhere = (server: string) =>
      net.sam.call('POST', `${roomPath(roomId)}/invite`, { user_id: `@eve:${server}` });
    expect((await elsewhere('east.test')).body.errcode).toBe('CAUSEWAY_UNREACHABLE');
    expect((await elsewhere('east.test:8448')).body.errcode).toBe('CAUSEWAY_UNREACHABLE');
    expect((await elsewhere('not-east.test')).body.errcode).toBe('CAUSEWAY_AWAITS_APPROVAL');
    expect((await elsewhere('sub.east.test')).body.errcode).toBe('CAUSEWAY_AWAITS_APPROVAL');
  });

  it('is asked for only by people who may', async () => {
    await using net = await withFirstContact();
    const ada = await net.north.person('ada');
    const { room_id } = await ada.ok('POST', '/createRoom', {});
    const answer = await ada.call('POST', `${roomPath(room_id)}/invite`, { user_id: net.sam.userId });
    expect(answer.body.errcode).toBe('M_FORBIDDEN');
    expect(await contact(net.nora)).toBeUndefined();
    expect((await ada.call('GET', CONTACTS)).status).toBe(403);
  });

  it('is decided by one admin at a time, and never about ourselves', async () => {
    await using net = await withFirstContact();
    const url = `${CONTACTS}/SOUTH.test`;
    await net.nora.ok('PUT', url, { decision: 'approved', version: 0 });
    expect(await net.nora.call('PUT', url, { decision: 'refused', reason: 'x', version: 0 })).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining(`${net.nora.userId} decided about south.test on`), version: 1 },
    });
    const own = await net.nora.call('PUT', `${CONTACTS}/north.test`, { decision: 'approved', version: 0 });
    expect(own.body.error).toContain('this organisation itself');
    const odd = await net.nora.call('PUT', `${CONTACTS}/${encodeURIComponent('a b')}`, {
      decision: 'approved',
      version: 0,
    });
    expect(odd.status).toBe(400);
  });

  it('still waits after a restart, and is done after it is approved', async () => {
    const servers = new Map<string, () => ClientServer>();
    const transport = transportTo(servers);
    await using west = await startClientServer({ serverName: 'west.test', transport });
    const wes = await west.person('wes');
    await permitFederation(west, wes);
    servers.set('west.test', () => west);
    const store = await openTestStore();
    const start = () => startClientServer({ serverName: 'east.test', store, transport });
    let roomId = '';
    {
      await using east = await start();
      const eve = await east.person('eve');
      await makeAdmin(east, eve);
      await set(eve, 'federation.first-contact', true);
      const { body } = await eve.call('POST', '/createRoom', { invite: [wes.userId] });
      expect(body.errcode).toBe('CAUSEWAY_AWAITS_APPROVAL');
      roomId = String(body.room_id);
    }
    await using east = await start();
    servers.set('east.test', () => east);
    const eve = await east.login('eve');
    expect(await waiting(eve)).toMatchObject([{ state: 'waiting', room: roomId }]);
    expect(await contact(eve, 'west.test')).toMatchObject({ status: 'waiting' });
    await decide(eve, 'approved', undefined, 'west.test');
    await invitedTo(wes, roomId);
  });

  it('with an organisation that comes into a shared room holds back what goes there until it is approved', async () => {
    await using net = await withAdmin();
    const news = await follow(net.sam);
    // South was never asked: the setting comes on while nothing is shared.
    await set(net.nora, 'federation.first-contact', true);
    await decide(net.nora, 'approved');
    const roomId = await net.sharedRoom();
    await decide(net.nora, 'refused', 'For now.');
    net.sent.length = 0;
    await net.nora.ok('PUT', `${roomPath(roomId)}/send/m.room.message/1`, {
      msgtype: 'm.text',
      body: 'held',
    });
    await until('an attempt', async () => {
      const path = `/_causeway/rooms/${encodeURIComponent(roomId)}/organisations`;
      return list((await net.nora.ok('GET', path)).organisations).find((one) =>
        String(one.reason).includes('For now.'),
      );
    });
    expect(fromNorth(net)).toEqual([]);
    await decide(net.nora, 'approved');
    await news((response) =>
      JSON.stringify(at(response, 'rooms', 'join', roomId, 'timeline') ?? '').includes('held')
        ? true
        : undefined,
    );
  });
});
