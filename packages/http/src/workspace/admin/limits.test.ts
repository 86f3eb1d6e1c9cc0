import type { JsonObject } from '@causeway/protocol';
import { withAdmin } from '@causeway/testing/admins';
import type { Person } from '@causeway/testing/client-server';
import { at, follow, list, type Organisations, roomPath, say, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

/** Gives a role what it may do; `domains` limits what the name says. */
const limit = async ({ nora }: Organisations, rights: JsonObject, role = 'partner') => {
  const { roles } = await nora.ok('GET', '/_causeway/admin/roles');
  const version = list(roles).find((one) => one.role === role)?.version ?? 0;
  await nora.ok('PUT', `/_causeway/admin/roles/${role}`, { rights, version });
};

const access = (...domains: readonly string[]) => ({ 'access-federation': { held: true, domains } });

/** Somebody of north with the role partner. */
const partner = async (net: Organisations) => {
  const ada = await net.north.person('ada');
  await net.nora.ok('PUT', `/_causeway/admin/people/${ada.userId}/role`, { role: 'partner' });
  return ada;
};

const joined = async (net: Organisations, host: Person, roomId: string, who: Person) => {
  await host.ok('POST', `${roomPath(roomId)}/invite`, { user_id: who.userId });
  await until('the invitation', async () =>
    at(await who.ok('GET', '/sync'), 'rooms', 'invite', roomId) === undefined ? undefined : true,
  );
  await who.ok('POST', `${roomPath(roomId)}/join`);
  return net;
};

const texts = async (person: Person, roomId: string) =>
  JSON.stringify(await person.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`));

const arrives = (person: Person, roomId: string, text: string) =>
  until(`${text} at ${person.userId}`, async () =>
    (await texts(person, roomId)).includes(text) ? true : undefined,
  );

const write = (person: Person, roomId: string) =>
  person.call('PUT', `${roomPath(roomId)}/send/m.room.message/${crypto.randomUUID()}`, {
    msgtype: 'm.text',
    body: 'x',
  });

describe('access-federation, limited to domains', () => {
  it('ends in a room as soon as another organisation comes into it, on every route, and comes back', async () => {
    await using net = await withAdmin();
    await limit(net, access('south.test'));
    const ada = await partner(net);
    const roomId = await net.sharedRoom({ name: 'Partners' });
    await joined(net, net.nora, roomId, ada);
    const before = await say(net.sam, roomId, 'before');
    await arrives(ada, roomId, 'before');
    expect((await write(ada, roomId)).status).toBe(200);
    const news = await follow(ada);

    const east = await net.further('east.test');
    const eve = await net.person(east, 'eve');
    await joined(net, net.nora, roomId, eve);
    const after = await say(net.sam, roomId, 'novelty');
    await arrives(net.nora, roomId, 'novelty');
    const { room_id: fence } = await ada.ok('POST', '/createRoom', { name: 'fence' });
    const seen = await news((response) =>
      at(response, 'rooms', 'join', String(fence)) === undefined ? undefined : response,
    );
    const search = { search_categories: { room_events: { search_term: 'novelty' } } };
    const answers = [
      seen,
      await ada.ok('GET', '/sync'),
      await ada.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`),
      await ada.ok('GET', `${roomPath(roomId)}/context/${encodeURIComponent(before)}`),
      await ada.ok('POST', '/search', search),
      (await ada.call('GET', `${roomPath(roomId)}/event/${encodeURIComponent(after)}`)).body,
      (await ada.call('GET', `/presence/${eve.userId}/status`)).body,
      (await ada.call('GET', '/publicRooms?server=east.test')).body,
    ];
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('novelty');
    expect(await texts(ada, roomId)).toContain('before');
    expect(await write(ada, roomId)).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('only in rooms with south.test') },
    });

    await eve.ok('POST', `${roomPath(roomId)}/leave`);
    await until('that she left', async () => ((await write(ada, roomId)).status === 200 ? true : undefined));
    expect(await texts(ada, roomId)).toContain('novelty');
  });

  it('keeps what was heard before the limit was narrowed, and tells what was missed when it is widened', async () => {
    await using net = await withAdmin();
    await limit(net, access('south.test', 'east.test'));
    const ada = await partner(net);
    const roomId = await net.sharedRoom();
    await joined(net, net.nora, roomId, ada);
    await say(net.sam, roomId, 'first');
    await arrives(ada, roomId, 'first');
    const news = await follow(ada);
    await limit(net, access('east.test'));
    await say(net.sam, roomId, 'second');
    await arrives(net.nora, roomId, 'second');
    // Another change that leaves this room shut out must not open what came between.
    await limit(net, access('east.test', 'west.test'));
    await say(net.sam, roomId, 'third');
    await arrives(net.nora, roomId, 'third');
    await limit(net, { 'access-federation': { held: false } });
    expect(await texts(ada, roomId)).toContain('first');
    expect(await texts(ada, roomId)).not.toMatch(/second|third/);
    await limit(net, access('*.south.test'));
    expect(await texts(ada, roomId)).not.toMatch(/second|third/);
    await limit(net, access('south.test'));
    const told = await news((response) => {
      const section = JSON.stringify(at(response, 'rooms', 'join', roomId) ?? '');
      return section.includes('third') ? section : undefined;
    });
    expect(told).toContain('second');
  });

  it('leaves a room again that turns out to have others in it', async () => {
    await using net = await withAdmin();
    const east = await net.further('east.test');
    const eve = await net.person(east, 'eve');
    await limit(net, access('south.test'));
    const ada = await partner(net);
    const { room_id } = await net.sam.ok('POST', '/createRoom', { preset: 'public_chat' });
    const roomId = String(room_id);
    await eve.ok('POST', `/join/${encodeURIComponent(roomId)}?via=south.test`);
    net.sent.length = 0;
    const answer = await ada.call('POST', `/join/${encodeURIComponent(roomId)}?via=east.test&via=south.test`);
    expect(answer).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
    expect(await ada.ok('GET', '/joined_rooms')).toEqual({ joined_rooms: [] });
    // Her join was not asked of the organisation that she may not talk with.
    const asked = net.sent.filter(({ origin, path }) => origin === 'north.test' && /make_join/.test(path));
    expect(asked.map((request) => request.destination)).toEqual(['south.test']);
  });

  it('holds for people who came after the limit was set', async () => {
    await using net = await withAdmin();
    await limit(net, access('south.test'), 'user');
    const late = await net.north.person('late');
    const roomId = await net.sharedRoom();
    await joined(net, net.nora, roomId, late);
    await say(net.sam, roomId, 'hello');
    await arrives(late, roomId, 'hello');
  });
});

describe('create-federated-room, limited to domains', () => {
  const rights = {
    'access-federation': { held: true },
    'create-federated-room': { held: true, domains: ['SOUTH.test', '*.west.test'] },
  };

  it('makes rooms that let in nobody else, and that cannot be opened by who made them', async () => {
    await using net = await withAdmin();
    const east = await net.further('east.test');
    const eve = await net.person(east, 'eve');
    await limit(net, rights);
    const ada = await partner(net);
    const { room_id } = await ada.ok('POST', '/createRoom', {
      preset: 'public_chat',
      initial_state: [{ type: 'm.room.server_acl', state_key: '', content: { allow: ['*'] } }],
    });
    const roomId = String(room_id);
    const acl = `${roomPath(roomId)}/state/m.room.server_acl`;
    expect(await ada.ok('GET', acl)).toMatchObject({ allow: ['north.test', 'south.test', '*.west.test'] });
    const join = (who: Person) => who.call('POST', `/join/${encodeURIComponent(roomId)}?via=north.test`);
    expect((await join(net.sam)).status).toBe(200);
    expect((await join(eve)).status).toBe(403);
    for (const wider of ['*', '*.test', 'east.test', '*.south.test']) {
      expect(await ada.call('PUT', acl, { allow: ['north.test', wider] })).toMatchObject({
        status: 403,
        body: { error: expect.stringContaining(`${wider} is more than that`) },
      });
    }
    await ada.ok('PUT', acl, { allow: ['north.test', 'south.test', 'a.west.test'], deny: [] });
    const answer = await ada.call('POST', '/createRoom', {
      invite: [eve.userId],
      creation_content: { 'm.federate': true },
    });
    expect(answer.body).toMatchObject({ errcode: 'M_FORBIDDEN' });
  });

  it('never reaches further than access-federation', async () => {
    await using net = await withAdmin();
    await limit(net, { ...rights, ...access('*.test') });
    const ada = await partner(net);
    const { room_id } = await ada.ok('POST', '/createRoom', { creation_content: { 'm.federate': true } });
    expect(await ada.ok('GET', `${roomPath(room_id)}/state/m.room.server_acl`)).toMatchObject({
      allow: ['north.test', 'south.test', '*.west.test'],
    });
    await limit(net, { ...rights, ...access('east.test') });
    const next = await ada.ok('POST', '/createRoom', { creation_content: { 'm.federate': true } });
    expect(await ada.ok('GET', `${roomPath(next.room_id)}/state/m.room.server_acl`)).toMatchObject({
      allow: ['north.test'],
    });
  });
});
