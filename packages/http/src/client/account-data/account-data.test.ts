import { startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

describe('account data over the client API', () => {
  it('is kept for oneself, for all rooms and for one', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    const everywhere = `/user/${alice.userId}/account_data/org.example.kept`;
    const inRoom = `/user/${alice.userId}/rooms/${encodeURIComponent(String(id))}/account_data/org.example.kept`;
    for (const [path, content] of [
      [everywhere, { where: 'everywhere' }],
      [inRoom, { where: 'here' }],
    ] as const) {
      expect((await alice.call('GET', path)).body.errcode).toBe('M_NOT_FOUND');
      await alice.ok('PUT', path, content);
      expect(await alice.ok('GET', path)).toEqual(content);
      expect((await bob.call('GET', path)).body.errcode).toBe('M_FORBIDDEN');
      expect((await bob.call('PUT', path, {})).body.errcode).toBe('M_FORBIDDEN');
      expect((await alice.call('PUT', path, ['no object'])).body.errcode).toBe('M_BAD_JSON');
      expect(await alice.ok('GET', path)).toEqual(content);
    }
  });

  it('that has endpoints of its own is not written past them', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    const room = `/user/${alice.userId}/rooms/${encodeURIComponent(String(id))}`;
    const rules = `/user/${alice.userId}/account_data/m.push_rules`;
    for (const path of [rules, `${room}/account_data/m.fully_read`]) {
      const refused = await alice.call('PUT', path, {});
      expect([refused.status, refused.body.errcode]).toEqual([405, 'M_BAD_JSON']);
    }
    expect(await alice.ok('GET', rules)).toHaveProperty('global');
  });

  it('has the tags of a room, each put and taken away by itself', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    const tags = `/user/${alice.userId}/rooms/${encodeURIComponent(String(id))}/tags`;
    await alice.ok('PUT', `${tags}/m.favourite`, { order: 0.5 });
    await alice.ok('PUT', `${tags}/u.work`, {});
    await alice.ok('DELETE', `${tags}/u.work`);
    const kept = await alice.call('GET', tags);
    expect(JSON.parse(Buffer.from(kept.bytes).toString())).toEqual({
      tags: { 'm.favourite': { order: 0.5 } },
    });
    const tooLong = await alice.call('PUT', `${tags}/${'x'.repeat(256)}`, {});
    expect([tooLong.status, tooLong.body.errcode]).toEqual([400, 'M_INVALID_PARAM']);
  });
});
