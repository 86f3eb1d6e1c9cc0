import { crc32, deflateSync } from 'node:zlib';
import { createThumbnailer } from '@causeway/storage';
import { describe, expect, it } from 'vitest';
import { startOrganisations } from './organisations.ts';
import { signedRequest } from './signed-transaction.ts';

/** A PNG of this size, half transparent. */
const png = (width: number, height: number): Buffer => {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk(
      'IDAT',
      deflateSync(
        Buffer.alloc(height * (1 + width * 4), 0x80)
          .fill(0, 0, 1)
          .map((byte, at) => (at % (1 + width * 4) === 0 ? 0 : byte)),
      ),
    ),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

const sizeOf = (bytes: Uint8Array) => {
  const view = Buffer.from(bytes);
  return [view.readUInt32BE(16), view.readUInt32BE(20)];
};

describe('thumbnails over the client API', () => {
  it('are made of pictures of any server, and not of what is no picture', async () => {
    await using thumbnailer = createThumbnailer();
    await using net = await startOrganisations({ thumbnailer });
    const { nora, sam } = net;
    const upload = (bytes: Buffer, type: string) =>
      nora.call('POST', '/_matrix/media/v3/upload', bytes, { 'content-type': type });
    const path = (uri: unknown) => `/_matrix/client/v1/media/thumbnail/${String(uri).slice('mxc://'.length)}`;
    const { body } = await upload(png(1000, 500), 'image/png');
    await nora.ok('PUT', `/profile/${nora.userId}/avatar_url`, { avatar_url: String(body.content_uri) });
    for (const person of [nora, sam, sam]) {
      const got = await person.call('GET', `${path(body.content_uri)}?width=90&height=90&method=scale`);
      expect([got.status, got.headers['content-type']]).toEqual([200, 'image/png']);
      expect(sizeOf(got.bytes)).toEqual([96, 48]);
    }
    const cropped = await sam.call('GET', `${path(body.content_uri)}?width=32&height=32&method=crop`);
    expect(sizeOf(cropped.bytes)).toEqual([32, 32]);
    const wrong = `${path(body.content_uri)}?width=90&height=90&method=stretch`;
    expect((await nora.call('GET', wrong)).status).toBe(400);
    const text = await upload(Buffer.from('text'), 'text/plain');
    expect((await nora.call('GET', `${path(text.body.content_uri)}?width=90&height=90`)).status).toBe(400);
  });

  it('are made for other servers of what those may have', async () => {
    await using thumbnailer = createThumbnailer();
    await using net = await startOrganisations({ thumbnailer });
    const { nora, north, south } = net;
    const { body } = await nora.call('POST', '/_matrix/media/v3/upload', png(1000, 500), {
      'content-type': 'image/png',
    });
    const mediaId = String(body.content_uri).split('/').at(-1);
    const url = `/_matrix/federation/v1/media/thumbnail/${mediaId}?width=90&height=90&method=scale`;
    const ask = () => signedRequest(south, north, { method: 'GET', url });
    const refused = await ask();
    expect([refused.status, JSON.parse(Buffer.from(refused.bytes).toString()).errcode]).toEqual([
      404,
      'M_NOT_FOUND',
    ]);
    await nora.ok('PUT', `/profile/${nora.userId}/avatar_url`, { avatar_url: String(body.content_uri) });
    const got = await ask();
    expect(got.headers['content-type']).toMatch(/^multipart\/mixed; boundary=/);
    const picture = Buffer.from(got.bytes);
    expect(sizeOf(picture.subarray(picture.indexOf('\x89PNG', 0, 'latin1')))).toEqual([96, 48]);
  });

  it('are not made of what only says that it is a picture', async () => {
    await using thumbnailer = createThumbnailer();
    await using net = await startOrganisations({ thumbnailer });
    const { nora, sam } = net;
    const disguised = {
      'image/svg+xml': '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      'image/png': '<!doctype html><script>alert(1)</script>',
      'image/gif': '',
    };
    for (const [type, content] of Object.entries(disguised)) {
      const { body } = await nora.call('POST', '/_matrix/media/v3/upload', Buffer.from(content), {
        'content-type': type,
      });
      await nora.ok('PUT', `/profile/${nora.userId}/avatar_url`, { avatar_url: String(body.content_uri) });
      const path = `/_matrix/client/v1/media/thumbnail/${String(body.content_uri).slice('mxc://'.length)}`;
      for (const person of [nora, sam]) {
        const got = await person.call('GET', `${path}?width=90&height=90&method=scale`);
        expect([type, got.status, got.body.errcode]).toEqual([type, 400, 'M_UNKNOWN']);
      }
    }
  });
});
