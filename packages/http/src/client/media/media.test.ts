import { randomBytes } from 'node:crypto';
import { permitFederation } from '@causeway/testing/admins';
import { transportTo } from '@causeway/testing/client-network';
import { type ClientServer, startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

const upload = '/_matrix/media/v3/upload';
const download = (uri: unknown) => `/_matrix/client/v1/media/download/${String(uri).slice('mxc://'.length)}`;

describe('media over the client API', () => {
  it('gives back what was uploaded, byte for byte, safely', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    // Begins as a PNG does, and can't be drawn: its own thumbnail.
    const bytes = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(199_992)]);
    const { body } = await alice.call('POST', `${upload}?filename=caf%C3%A9.png`, bytes, {
      'content-type': 'image/png',
    });
    const got = await alice.call('GET', download(body.content_uri));
    expect(Buffer.compare(got.bytes, bytes)).toBe(0);
    expect(got.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': '200000',
      'content-disposition': "inline; filename*=utf-8''caf%C3%A9.png",
      'x-content-type-options': 'nosniff',
    });
    expect(got.headers['content-security-policy']).toContain('sandbox');
    const named = await alice.call('GET', `${download(body.content_uri)}/other.png`);
    expect(named.headers['content-disposition']).toBe('inline; filename=other.png');
    const small = download(body.content_uri).replace('download', 'thumbnail');
    expect((await alice.call('GET', `${small}?width=32&height=32`)).status).toBe(200);
  });

  it('offers what could run in a browser as a download only', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { body } = await alice.call('POST', `${upload}?filename=x.html`, Buffer.from('<script>'), {
      'content-type': 'text/html',
    });
    const got = await alice.call('GET', download(body.content_uri));
    expect(got.headers['content-disposition']).toBe('attachment; filename=x.html');
  });

  it('refuses files that are too large, and says how large they may be', async () => {
    await using server = await startClientServer({
      settings: { media: () => ({ maxBytes: 1000, refusedTypes: [] }) },
    });
    const alice = await server.person('alice');
    const { status, body } = await alice.call('POST', upload, randomBytes(1001));
    expect([status, body.errcode]).toEqual([413, 'M_TOO_LARGE']);
    expect(await alice.ok('GET', '/_matrix/client/v1/media/config')).toEqual({ 'm.upload.size': 1000 });
    // Older clients ask there, and the limit is no secret among those who have an account.
    expect(await alice.ok('GET', '/_matrix/media/v3/config')).toEqual({ 'm.upload.size': 1000 });
  });

  it('serves nothing without a token, nor on the old paths', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { content_uri } = await alice.ok('POST', upload, Buffer.from('data'));
    expect((await server.call('GET', download(content_uri))).status).toBe(401);
    const old = download(content_uri).replace('client/v1/media', 'media/v3');
    const small = `${old.replace('download', 'thumbnail')}?width=32&height=32`;
    for (const path of [old, `${old}/name.txt`, small]) {
      expect((await alice.call('GET', path)).body.errcode).toBe('M_NOT_FOUND');
    }
    const outside = '/_matrix/client/v1/media/download/north.test/..%2f..%2fetc%2fpasswd';
    expect((await alice.call('GET', outside)).status).toBe(400);
  });

  it('fetches files of other servers, keeps them, and says when it cannot', async () => {
    const servers = new Map<string, () => ClientServer>();
    await using north = await startClientServer({
      serverName: 'north.test',
      transport: transportTo(servers),
    });
    await using south = await startClientServer({
      serverName: 'south.test',
      transport: transportTo(servers),
    });
    servers.set('north.test', () => north).set('south.test', () => south);
    const nora = await north.person('nora');
    const sam = await south.person('sam');
    await permitFederation(south, sam);
    const bytes = Buffer.concat([randomBytes(5000), Buffer.from('\r\n\r\n--\r\n'), randomBytes(5000)]);
    const { body } = await nora.call('POST', `${upload}?filename=a.png`, bytes, {
      'content-type': 'image/png',
    });
    // Faces are for every server.
    await nora.ok('PUT', `/profile/${nora.userId}/avatar_url`, { avatar_url: String(body.content_uri) });
    const got = await sam.call('GET', download(body.content_uri));
    expect(got.status).toBe(200);
    expect(Buffer.compare(got.bytes, bytes)).toBe(0);
    expect(got.headers['content-disposition']).toBe('inline; filename=a.png');
    servers.clear();
    expect((await sam.call('GET', download(body.content_uri))).status).toBe(200);
    const other = await sam.call('GET', download('mxc://north.test/unknown'));
    expect([other.status, other.body.errcode]).toEqual([502, 'CAUSEWAY_UNREACHABLE']);
  });

  it('fetches a file that its server keeps elsewhere', async () => {
    const url = 'https://cdn.test/file';
    const bytes = randomBytes(3000);
    const inner = transportTo(new Map(), new Map([[url, bytes]]));
    const body = `--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\nLocation: ${url}\r\n\r\n\r\n--b--`;
    await using south = await startClientServer({
      serverName: 'south.test',
      transport: {
        ...inner,
        stream: async () => ({
          kind: 'response',
          status: 200,
          headers: { 'content-type': 'multipart/mixed; boundary=b' },
          body: (async function* () {
            yield Buffer.from(body);
          })(),
        }),
      },
    });
    const sam = await south.person('sam');
    await permitFederation(south, sam);
    const got = await sam.call('GET', download('mxc://north.test/moved'));
    expect([got.status, got.headers['content-type']]).toEqual([200, 'image/png']);
    expect(Buffer.compare(got.bytes, bytes)).toBe(0);
  });
});
