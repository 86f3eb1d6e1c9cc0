import { isJsonArray, isJsonObject, type JsonValue } from '@causeway/protocol';
import { startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

const at = (value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined =>
  path.reduce<JsonValue | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);

describe('people over the client API', () => {
  it('keeps profiles and tells rooms when they change', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const { room_id: id } = await alice.ok('POST', '/createRoom', { preset: 'public_chat' });
    await alice.ok('PUT', `/profile/${alice.userId}/displayname`, { displayname: 'Alice A.' });
    await alice.ok('PUT', `/profile/${alice.userId}/avatar_url`, { avatar_url: 'mxc://north.test/abc' });
    const profile = await server.call('GET', `/_matrix/client/v3/profile/${alice.userId}`);
    expect(profile.body).toEqual({ displayname: 'Alice A.', avatar_url: 'mxc://north.test/abc' });
    expect(await bob.ok('GET', `/profile/${alice.userId}/displayname`)).toEqual({ displayname: 'Alice A.' });
    const member = await alice.ok('GET', `/rooms/${String(id)}/state/m.room.member/${alice.userId}`);
    expect(member).toMatchObject({
      membership: 'join',
      displayname: 'Alice A.',
      avatar_url: 'mxc://north.test/abc',
    });
    expect((await bob.call('PUT', `/profile/${alice.userId}/displayname`, { displayname: 'x' })).status).toBe(
      403,
    );
    await alice.ok('DELETE', `/profile/${alice.userId}/avatar_url`);
    expect((await alice.call('GET', `/profile/${alice.userId}/avatar_url`)).status).toBe(404);
    const found = await bob.ok('POST', '/user_directory/search', { search_term: 'alice a' });
    expect(found).toEqual({
      results: [{ user_id: alice.userId, display_name: 'Alice A.' }],
      limited: false,
    });
    expect((await alice.call('GET', '/profile/@nobody:north.test')).body.errcode).toBe('M_NOT_FOUND');
  });

  it('changes push rules one by one', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const rules = await alice.ok('GET', '/pushrules/');
    expect(at(rules, 'global', 'override')).toBeDefined();
    const rule = {
      actions: ['notify', { set_tweak: 'highlight' }],
      conditions: [{ kind: 'event_match', key: 'content.body', pattern: 'cake' }],
    };
    await alice.ok('PUT', '/pushrules/global/override/org.cake', rule);
    expect(await alice.ok('GET', '/pushrules/global/override/org.cake')).toMatchObject({
      ...rule,
      enabled: true,
    });
    await alice.ok('PUT', '/pushrules/global/override/org.first?before=org.cake', rule);
    const overrides = at(await alice.ok('GET', '/pushrules/global/'), 'override');
    const ids = isJsonArray(overrides) ? overrides.map((one) => at(one, 'rule_id')) : [];
    expect(ids.slice(0, 3)).toEqual(['.m.rule.master', 'org.first', 'org.cake']);
    await alice.ok('PUT', '/pushrules/global/override/org.cake/enabled', { enabled: false });
    expect(await alice.ok('GET', '/pushrules/global/override/org.cake/enabled')).toEqual({ enabled: false });
    await alice.ok('PUT', '/pushrules/global/underride/.m.rule.message/actions', { actions: [] });
    await alice.ok('DELETE', '/pushrules/global/override/org.cake');
    expect((await alice.call('GET', '/pushrules/global/override/org.cake')).status).toBe(404);
    expect((await alice.call('DELETE', '/pushrules/global/override/.m.rule.master')).status).toBe(400);
    expect((await alice.call('PUT', '/pushrules/global/override/.mine', rule)).status).toBe(400);
  });

  it('answers what clients ask at their start', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    expect((await server.call('GET', '/_matrix/client/versions')).body.versions).toContain('v1.12');
    expect((await server.call('GET', '/.well-known/matrix/client')).body).toEqual({
      'm.homeserver': { base_url: 'https://north.test' },
    });
    expect((await server.call('GET', '/.well-known/matrix/server')).body).toEqual({
      'm.server': 'north.test:443',
    });
    expect(at(await alice.ok('GET', '/capabilities'), 'capabilities', 'm.room_versions', 'default')).toBe(
      '12',
    );
    expect(
      await alice.ok('POST', '/keys/query', { device_keys: { '@x:y.z': [], [alice.userId]: [] } }),
    ).toMatchObject({
      device_keys: { [alice.userId]: {} },
      master_keys: {},
      self_signing_keys: {},
      user_signing_keys: {},
      failures: { 'y.z': { errcode: 'M_FORBIDDEN' } },
    });
    expect(await alice.ok('GET', '/voip/turnServer')).toEqual({});
    expect(await alice.ok('GET', '/thirdparty/protocols')).toEqual({});
    expect(await alice.ok('GET', '/pushers')).toEqual({ pushers: [] });
    await alice.ok('PUT', `/presence/${alice.userId}/status`, { presence: 'online' });
    expect((await alice.call('GET', '/room_keys/version')).body.errcode).toBe('M_NOT_FOUND');
    expect((await server.call('GET', '/_matrix/client/r0/login')).status).toBe(200);
  });
});
