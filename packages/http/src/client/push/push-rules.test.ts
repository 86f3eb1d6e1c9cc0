import { startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

describe('one push rule over the client API', () => {
  it('is read whole and in parts, as it was set', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const rule = '/pushrules/global/content/org.example.tea';
    expect((await alice.call('GET', `${rule}/actions`)).body.errcode).toBe('M_NOT_FOUND');
    await alice.ok('PUT', rule, { pattern: 'tea', actions: ['notify'] });
    await alice.ok('PUT', `${rule}/actions`, { actions: ['notify', { set_tweak: 'highlight' }] });
    await alice.ok('PUT', `${rule}/enabled`, { enabled: false });
    expect(await alice.ok('GET', `${rule}/actions`)).toEqual({
      actions: ['notify', { set_tweak: 'highlight' }],
    });
    expect(await alice.ok('GET', `${rule}/enabled`)).toEqual({ enabled: false });
    expect(await alice.ok('GET', rule)).toMatchObject({ rule_id: 'org.example.tea', pattern: 'tea' });
    const bad = await alice.call('PUT', `${rule}/actions`, { actions: [7] });
    expect([bad.status, bad.body.errcode]).toEqual([400, 'M_BAD_JSON']);
    await alice.ok('DELETE', rule);
    expect((await alice.call('GET', rule)).status).toBe(404);
  });
});
