import { startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

const paths = ['/.well-known/matrix/client', '/.well-known/matrix/server'];

describe('a workspace that is looked for', () => {
  it('says where clients and servers reach it', async () => {
    await using server = await startClientServer();
    const [client, other] = await Promise.all(paths.map((path) => server.call('GET', path)));
    expect(client?.body).toEqual({ 'm.homeserver': { base_url: 'https://north.test' } });
    expect(other?.body).toEqual({ 'm.server': 'north.test:443' });
  });

  it('says nothing when it has no address to say', async () => {
    const settings = { publicUrl: undefined, federationAddress: undefined };
    await using server = await startClientServer({ settings });
    for (const path of paths) {
      const { status, body } = await server.call('GET', path);
      expect([path, status, body.errcode]).toEqual([path, 404, 'M_NOT_FOUND']);
    }
  });
});
