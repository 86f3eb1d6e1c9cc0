import { crc32, deflateSync } from 'node:zlib';
import { createThumbnailer } from '@causeway/storage';
import { describe, expect, it } from 'vitest';
import { startOrganisations } from './organisations.ts';

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
});
