import type { JsonObject } from '@causeway/protocol';
import { type Person, startClientServer } from '@causeway/testing/client-server';
import { list, roomPath, startOrganisations } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const room = async (person: Person, body: JsonObject) =>
  String((await person.ok('POST', '/createRoom', body)).room_id);

const space = (person: Person, name: string, body: JsonObject = {}) =>
  room(person, { name, preset: 'public_chat', creation_content: { type: 'm.space' }, ...body });

const addChild = (person: Person, parent: string, child: string, content: JsonObject = {}) =>
  person.ok('PUT', `${roomPath(parent)}/state/m.space.child/${encodeURIComponent(child)}`, {
    via: [person.userId.slice(person.userId.indexOf(':') + 1)],
    ...content,
  });

const hierarchy = (person: Person, roomId: string, query = '') =>
  person.ok('GET', `/_matrix/client/v1${roomPath(roomId)}/hierarchy${query}`);

const names = async (person: Person, roomId: string, query = '') =>
  list((await hierarchy(person, roomId, query)).rooms).map((entry) => entry.name);

describe('the hierarchy of a space', () => {
  it('is walked in order, by depth, each room once, with pages', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const bob = await server.person('bob');
    const top = await space(ada, 'top');
    const inner = await space(ada, 'inner');
    const [a, b, secret] = [
      await room(ada, { name: 'a', preset: 'public_chat' }),
      await room(ada, { name: 'b', preset: 'public_chat' }),
      await room(ada, { name: 'secret', preset: 'private_chat' }),
    ];
    await addChild(ada, top, b, { order: 'b', suggested: true });
    await addChild(ada, top, inner, { order: 'a' });
    await addChild(ada, top, secret);
    await addChild(ada, inner, a);
    // A circle, and a child that was removed.
    await addChild(ada, inner, top);
    await addChild(ada, inner, '!gone:north.test', { via: [] });
    expect(await names(ada, top)).toEqual(['top', 'inner', 'a', 'b', 'secret']);
    expect(await names(bob, top)).toEqual(['top', 'inner', 'a', 'b']);
    expect(await names(bob, top, '?max_depth=1')).toEqual(['top', 'inner', 'b']);
    expect(await names(bob, top, '?max_depth=0')).toEqual(['top']);
    expect(await names(bob, top, '?suggested_only=true')).toEqual(['top', 'b']);
    const first = await hierarchy(bob, top, '?limit=3');
    expect(list(first.rooms).map((entry) => entry.name)).toEqual(['top', 'inner', 'a']);
    expect(await names(bob, top, `?limit=3&from=${String(first.next_batch)}`)).toEqual(['b']);
    const changed = `/_matrix/client/v1${roomPath(top)}/hierarchy?max_depth=2&from=${String(first.next_batch)}`;
    expect((await bob.call('GET', changed)).status).toBe(400);
    expect((await bob.call('GET', `/_matrix/client/v1${roomPath(secret)}/hierarchy`)).status).toBe(403);
    const [root] = list((await hierarchy(bob, top)).rooms);
    expect(list(root?.children_state).map((child) => child.state_key)).toEqual([inner, b, secret]);
  });

  it('goes on to other servers, which tell only what may be seen', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const theirs = await space(sam, 'theirs');
    const hall = await room(sam, { name: 'hall', preset: 'public_chat' });
    const vault = await room(sam, { name: 'vault', preset: 'private_chat' });
    const local = await room(sam, {
      name: 'local',
      preset: 'public_chat',
      creation_content: { 'm.federate': false },
    });
    const deep = await space(sam, 'deep');
    const cellar = await room(sam, { name: 'cellar', preset: 'public_chat' });
    for (const child of [hall, vault, local, deep]) await addChild(sam, theirs, child);
    await addChild(sam, deep, cellar);
    const ours = await space(nora, 'ours');
    await addChild(nora, ours, theirs, { via: ['down.test', 'south.test'] });
    expect(await names(nora, ours)).toEqual(['ours', 'theirs', 'hall', 'deep', 'cellar']);
    const lone = await net.north.person('lone');
    expect(await names(lone, ours)).toEqual(['ours']);
    net.cut(true);
    net.north.engine.hierarchies.clear();
    expect(await names(nora, ours)).toEqual(['ours']);
  });

  it('asks the servers of the space when those that a child’s entry names are gone', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const theirs = await space(sam, 'theirs');
    const hall = await room(sam, { name: 'hall', preset: 'public_chat' });
    await addChild(sam, theirs, hall, { via: ['gone.test'] });
    await nora.ok('POST', `/join/${encodeURIComponent(theirs)}?server_name=south.test`);
    expect(await names(nora, theirs)).toEqual(['theirs', 'hall']);
  });

  it('shows a restricted room to the members of the rooms that it admits', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const bob = await server.person('bob');
    const top = await space(ada, 'top');
    const rules = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: top }] };
    const inside = await room(ada, {
      name: 'inside',
      initial_state: [{ type: 'm.room.join_rules', state_key: '', content: rules }],
    });
    await addChild(ada, top, inside);
    expect(await names(bob, top)).toEqual(['top']);
    await bob.ok('POST', `${roomPath(top)}/join`);
    expect(await names(bob, top)).toEqual(['top', 'inside']);
    const [, child] = list((await hierarchy(bob, top)).rooms);
    expect(child).toMatchObject({ allowed_room_ids: [top], join_rule: 'restricted', room_version: '12' });
  });
});

describe('the summary of a room', () => {
  it('is told before joining, from here or through another server', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const hall = await room(sam, { name: 'hall', preset: 'public_chat', room_alias_name: 'hall' });
    const vault = await room(sam, { name: 'vault', preset: 'private_chat' });
    const summary = (person: Person, id: string, query = '') =>
      person.call('GET', `/_matrix/client/v1/room_summary/${encodeURIComponent(id)}${query}`);
    expect((await summary(nora, hall, '?via=south.test')).body).toMatchObject({
      room_id: hall,
      name: 'hall',
      num_joined_members: 1,
      join_rule: 'public',
    });
    expect((await summary(nora, '#hall:south.test')).body).toMatchObject({ name: 'hall' });
    expect((await summary(sam, vault)).body).toMatchObject({ name: 'vault', membership: 'join' });
    expect((await summary(nora, vault, '?via=south.test')).status).toBe(404);
    await sam.ok('POST', `${roomPath(vault)}/invite`, { user_id: nora.userId });
    net.north.engine.hierarchies.clear();
    expect((await summary(nora, vault)).body).toMatchObject({ name: 'vault', membership: 'invite' });
  });
});
