import type { JsonObject } from '@causeway/protocol';
import { type Person, startClientServer } from '@causeway/testing/client-server';
import { at, follow, list, roomPath, startOrganisations, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const room = async (person: Person, body: JsonObject = {}) =>
  String((await person.ok('POST', '/createRoom', body)).room_id);

const state = async (person: Person, roomId: string, type: string, key = '') =>
  (await person.call('GET', `${roomPath(roomId)}/state/${type}/${encodeURIComponent(key)}`)).body;

const upgrade = async (person: Person, roomId: string, new_version: string, more: JsonObject = {}) =>
  String((await person.ok('POST', `${roomPath(roomId)}/upgrade`, { new_version, ...more })).replacement_room);

describe('an upgrade of a room', () => {
  it.each([
    ['10', '11'],
    ['10', '12'],
    ['12', '11'],
    ['12', '12'],
  ])('takes what belongs to the room over, from version %s to %s', async (from, to) => {
    await using server = await startClientServer();
    const [ada, bob, eve] = [
      await server.person('ada'),
      await server.person('bob'),
      await server.person('eve'),
    ];
    const old = await room(ada, { name: 'Hall', topic: 'talk', room_version: from, room_alias_name: 'hall' });
    for (const person of [bob, eve]) {
      await ada.ok('POST', `${roomPath(old)}/invite`, { user_id: person.userId });
      await person.ok('POST', `${roomPath(old)}/join`);
    }
    await ada.ok('POST', `${roomPath(old)}/ban`, { user_id: eve.userId, reason: 'noise' });
    const before = await state(ada, old, 'm.room.power_levels');
    const users = { ...(before.users as JsonObject), [bob.userId]: 50 };
    await ada.ok('PUT', `${roomPath(old)}/state/m.room.power_levels`, { ...before, users, redact: 42 });
    await bob.ok('PUT', `/user/${bob.userId}/rooms/${encodeURIComponent(old)}/tags/m.favourite`, {
      order: 1,
    });
    await bob.ok('PUT', `/pushrules/global/room/${encodeURIComponent(old)}`, { actions: [] });
    const bobsNews = await follow(bob);

    const next = await upgrade(ada, old, to);
    expect(await upgrade(ada, old, to)).toBe(next);
    const create = await state(ada, next, 'm.room.create');
    expect(create).toMatchObject({ room_version: to, predecessor: { room_id: old } });
    expect(at(create, 'predecessor', 'event_id') !== undefined).toBe(to !== '12');
    expect(await state(ada, next, 'm.room.name')).toEqual({ name: 'Hall' });
    expect(await state(ada, next, 'm.room.member', eve.userId)).toMatchObject({
      membership: 'ban',
      reason: 'noise',
    });
    const levels = await state(ada, next, 'm.room.power_levels');
    expect(levels).toMatchObject({ redact: 42, users: { [bob.userId]: 50 } });
    expect(at(levels, 'users', ada.userId)).toBe(to === '12' ? undefined : 100);
    expect(at(levels, 'events', 'm.room.tombstone')).toBe(from === '12' && to === '12' ? 150 : 100);
    expect(await state(ada, old, 'm.room.tombstone')).toMatchObject({ replacement_room: next });
    expect(await state(ada, old, 'm.room.power_levels')).toMatchObject({ events_default: 50, invite: 50 });
    expect(await ada.ok('GET', `/directory/room/${encodeURIComponent('#hall:north.test')}`)).toMatchObject({
      room_id: next,
    });
    expect(await state(ada, next, 'm.room.canonical_alias')).toEqual({ alias: '#hall:north.test' });
    await bobsNews((news) => at(news, 'rooms', 'invite', next));
    await bob.ok('POST', `${roomPath(next)}/join`);
    expect(await bob.ok('GET', `/user/${bob.userId}/rooms/${encodeURIComponent(next)}/tags`)).toMatchObject({
      tags: { 'm.favourite': { order: 1 } },
    });
    expect((await bob.call('GET', `/pushrules/global/room/${encodeURIComponent(next)}`)).status).toBe(200);
    expect((await eve.call('POST', `${roomPath(next)}/join`)).status).toBe(403);
  });

  it('is for those who may send a tombstone, into versions that are known', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const old = await room(ada, { preset: 'public_chat' });
    await bob.ok('POST', `${roomPath(old)}/join`);
    const refused = await bob.call('POST', `${roomPath(old)}/upgrade`, { new_version: '11' });
    expect([refused.status, refused.body.errcode]).toEqual([403, 'M_FORBIDDEN']);
    const unknown = await ada.call('POST', `${roomPath(old)}/upgrade`, { new_version: '99' });
    expect(unknown.body.errcode).toBe('M_UNSUPPORTED_ROOM_VERSION');
    const next = await upgrade(ada, old, '12', { additional_creators: [bob.userId] });
    expect(await state(ada, next, 'm.room.create')).toMatchObject({ additional_creators: [bob.userId] });
  });

  it('makes a room of this organisation one for others, where the policy lets it', async () => {
    await using net = await startOrganisations();
    const { nora, sam, north } = net;
    const lone = await north.person('lone');
    const local = async (person: Person) => room(person, { creation_content: { 'm.federate': false } });
    const federate = (person: Person, roomId: string) =>
      person.call('POST', `/_causeway${roomPath(roomId)}/upgrade`, { federate: true });
    expect((await federate(lone, await local(lone))).status).toBe(403);
    const old = await local(nora);
    const stays = await nora.ok('POST', `/_causeway${roomPath(await local(nora))}/upgrade`, {});
    expect(await state(nora, String(stays.replacement_room), 'm.room.create')).toMatchObject({
      'm.federate': false,
    });
    const { body } = await federate(nora, old);
    const next = String(body.replacement_room);
    await nora.ok('POST', `${roomPath(next)}/invite`, { user_id: sam.userId });
    await sam.ok('POST', `${roomPath(next)}/join`);
    expect(await state(sam, next, 'm.room.create')).toMatchObject({ predecessor: { room_id: old } });
  });

  it('invites people of other organisations, too', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const old = await net.sharedRoom({ room_version: '10' });
    const next = await upgrade(nora, old, '11');
    await until('the invitation', async () => {
      const news = await sam.ok('GET', '/sync');
      return at(news, 'rooms', 'invite', next);
    });
    await sam.ok('POST', `${roomPath(next)}/join`);
    const members = list((await sam.ok('GET', `${roomPath(next)}/members`)).chunk);
    expect(members).toHaveLength(2);
  });
});
