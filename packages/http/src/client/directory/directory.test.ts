import { startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

describe('the directory over the client API', () => {
  it('says to everybody which rooms are in it, once somebody who may has put them there', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const { room_id: id } = await alice.ok('POST', '/createRoom', { preset: 'public_chat' });
    const path = `/directory/list/room/${encodeURIComponent(String(id))}`;
    const said = () => server.call('GET', `/_matrix/client/v3${path}`);
    expect((await said()).body).toEqual({ visibility: 'private' });
    expect((await bob.call('PUT', path, { visibility: 'public' })).body.errcode).toBe('M_FORBIDDEN');
    await alice.ok('PUT', path, { visibility: 'public' });
    expect((await said()).body).toEqual({ visibility: 'public' });
    const unknown = await alice.call('GET', '/directory/list/room/!unknown%3Anorth.test');
    expect([unknown.status, unknown.body.errcode]).toEqual([404, 'M_NOT_FOUND']);
    const badId = await alice.call('GET', '/directory/list/room/no-room');
    expect([badId.status, badId.body.errcode]).toEqual([400, 'M_INVALID_PARAM']);
  });
});
