import { withAdmin } from '@causeway/testing/admins';
import type { Person } from '@causeway/testing/client-server';
import { list, type Organisations, roomPath, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const upload = async (person: Person, bytes: Buffer, name = 'notes.txt', type = 'text/plain') => {
  const answer = await person.call('POST', `/_matrix/media/v3/upload?filename=${name}`, bytes, {
    'content-type': type,
  });
  return String(answer.body.content_uri);
};

const path = (uri: string) => uri.slice('mxc://'.length);
const download = (uri: string) => `/_matrix/client/v1/media/download/${path(uri)}`;

const send = (person: Person, roomId: string, url: string) =>
  person.ok('PUT', `${roomPath(roomId)}/send/m.room.message/${crypto.randomUUID()}`, {
    msgtype: 'm.file',
    body: 'a file',
    url,
  });

const files = async ({ nora }: Organisations, query = '') =>
  list((await nora.ok('GET', `/_causeway/admin/media?${query}`)).files);

const quarantine = (net: Organisations, uri: string, quarantined: boolean) =>
  net.nora.ok('PUT', `/_causeway/admin/media/${path(uri)}/quarantine`, { quarantined });

const entries = async ({ nora }: Organisations, query: string) =>
  list((await nora.ok('GET', `/_causeway/admin/audit?${query}`)).entries);

const REFUSED = { status: 403, body: { errcode: 'CAUSEWAY_QUARANTINED', error: expect.any(String) } };

/** Begins as a PNG does. */
const PICTURE = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(200, 7)]);

describe('files over the endpoints for admins', () => {
  it('from other servers have the size limit of the setting from the next moment on, and leave nothing when larger', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const url = '/_causeway/admin/settings/media.max-upload-mib';
    const large = await upload(net.sam, Buffer.alloc(1024 * 1024 + 1), 'large.txt');
    const fits = await upload(net.sam, Buffer.alloc(1024 * 1024), 'fits.txt');
    for (const uri of [large, fits]) await send(net.sam, roomId, uri);
    await net.nora.ok('PUT', url, { value: 1, version: 0 });
    const refused = await net.nora.call('GET', download(large));
    expect(refused).toMatchObject({ status: 413, body: { errcode: 'M_TOO_LARGE' } });
    expect((await net.nora.call('GET', download(fits))).status).toBe(200);
    expect(await files(net, 'kind=remote')).toMatchObject([{ name: 'fits.txt', size: 1024 * 1024 }]);
    const asked = net.sent.filter(
      ({ origin, path: at }) => origin === 'north.test' && at.includes('/media/'),
    );
    expect(asked).toHaveLength(2);
    await net.nora.ok('PUT', url, { value: 2, version: 1 });
    expect((await net.nora.call('GET', download(large))).status).toBe(200);
  });

  it('are listed with size, owner and room, and summed up', async () => {
    await using net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    const roomId = await net.sharedRoom();
    const hers = await upload(ada, Buffer.alloc(100));
    const noras = await upload(net.nora, Buffer.alloc(300), 'sent.txt');
    const sams = await upload(net.sam, Buffer.alloc(50), 'theirs.txt');
    await send(net.nora, roomId, noras);
    await send(net.sam, roomId, sams);
    await until('nora gets the file of sam', async () =>
      (await net.nora.call('GET', download(sams))).status === 200 ? true : undefined,
    );
    expect(await files(net, `uploader=${ada.userId}`)).toMatchObject([
      { media_id: path(hers).split('/')[1], size: 100, name: 'notes.txt', content_type: 'text/plain' },
    ]);
    expect(await files(net, 'kind=remote')).toMatchObject([
      { origin: 'south.test', size: 50, quarantined: false },
    ]);
    expect(await files(net, 'origin=south.test')).toHaveLength(1);
    const inRoom = await until('both files of the room', async () => {
      const found = await files(net, `room=${encodeURIComponent(roomId)}`);
      return found.length === 2 ? found : undefined;
    });
    expect(inRoom.map((file) => file.name).toSorted()).toEqual(['sent.txt', 'theirs.txt']);
    const first = await net.nora.ok('GET', '/_causeway/admin/media?limit=1');
    expect(list(first.files)).toHaveLength(1);
    expect(await files(net, `limit=200&before=${String(first.before)}`)).toHaveLength(2);
    expect(await net.nora.ok('GET', '/_causeway/admin/media-totals')).toMatchObject({
      local: { files: 2, bytes: 400 },
      remote: { files: 1, bytes: 50 },
      origins: [{ origin: 'south.test', files: 1, bytes: 50 }],
      people: [
        { user_id: net.nora.userId, bytes: 300 },
        { user_id: ada.userId, bytes: 100 },
      ],
      quarantined: 0,
    });
  });

  it('that are pictures are shown to an admin, who is written down, and to nobody else', async () => {
    await using net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    const picture = await upload(ada, PICTURE, 'picture.png', 'image/png');
    const text = await upload(ada, Buffer.from('<script>'), 'page.png', 'image/png');
    const preview = (person: Person, uri: string) =>
      person.call('GET', `/_causeway/admin/media/${path(uri)}/preview`);
    const shown = await preview(net.nora, picture);
    expect(shown).toMatchObject({ status: 200 });
    expect(shown.headers['content-type']).toMatch(/^image\//);
    expect(shown.headers['content-security-policy']).toContain('sandbox');
    expect(shown.headers['x-content-type-options']).toBe('nosniff');
    expect(await entries(net, 'action=file')).toMatchObject([
      { action: 'file.look', target: picture, actor: net.nora.userId },
    ]);
    expect((await preview(ada, picture)).status).toBe(403);
    expect(await preview(net.nora, text)).toMatchObject({ status: 400, body: { errcode: 'M_UNKNOWN' } });
    expect((await preview(net.nora, `${picture}x`)).status).toBe(404);
    const elsewhere = await upload(net.sam, PICTURE, 'picture.png', 'image/png');
    expect((await preview(net.nora, elsewhere)).status).toBe(404);
    expect(net.sent.some((one) => one.path.includes('/media/'))).toBe(false);
    await quarantine(net, picture, true);
    expect(await preview(net.nora, picture)).toMatchObject(REFUSED);
  });

  it('are given to nobody once they are quarantined, here and elsewhere, until they are released', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const uri = await upload(net.nora, PICTURE, 'picture.png', 'image/png');
    await send(net.nora, roomId, uri);
    const thumbnail = `${download(uri).replace('download', 'thumbnail')}?width=32&height=32`;
    expect((await net.nora.call('GET', thumbnail)).status).toBe(200);
    await quarantine(net, uri, true);
    expect(await net.nora.call('GET', download(uri))).toMatchObject(REFUSED);
    expect(await net.nora.call('GET', thumbnail)).toMatchObject(REFUSED);
    expect(await net.nora.call('GET', `${download(uri)}/other.png`)).toMatchObject(REFUSED);
    // Over the wire: sam's server asks ours.
    const theirs = await net.sam.call('GET', download(uri));
    expect(theirs.status).toBe(502);
    expect(theirs.body.error).toContain('north.test answered 403');
    expect(await net.sam.call('GET', thumbnail)).toMatchObject({ status: 502 });
    expect(net.sent.some((one) => one.origin === 'south.test' && one.path.includes('/media/'))).toBe(true);
    expect(await files(net, 'quarantined=true')).toHaveLength(1);
    await quarantine(net, uri, false);
    expect((await net.nora.call('GET', download(uri))).bytes.length).toBe(PICTURE.length);
    expect((await net.sam.call('GET', download(uri))).status).toBe(200);
    expect(await entries(net, 'action=file')).toMatchObject([
      { action: 'file.release', target: uri, actor: net.nora.userId },
      { action: 'file.quarantine', target: uri, actor: net.nora.userId },
    ]);
  });

  it('are kept by browsers and asked about each time, so that they are not shown from there once they are quarantined', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const uri = await upload(net.nora, PICTURE, 'picture.png', 'image/png');
    await send(net.nora, roomId, uri);
    const other = await upload(net.nora, PICTURE, 'picture.png', 'image/png');
    const etagOf = async (url: string) => {
      const { status, headers } = await net.nora.call('GET', url);
      expect([url, status]).toEqual([url, 200]);
      expect(headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: 'Authorization' });
      return String(headers.etag);
    };
    const etag = await etagOf(download(uri));
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    expect(await etagOf(download(other))).not.toBe(etag);
    const again = (url: string, value: string, who = net.nora) =>
      who.call('GET', url, undefined, { 'if-none-match': value });
    for (const value of [etag, `"other", W/${etag}`, '*']) {
      const kept = await again(download(uri), value);
      expect(kept).toMatchObject({ status: 304, headers: { etag, 'cache-control': 'private, no-cache' } });
      expect(kept.bytes.length).toBe(0);
    }
    expect((await again(download(uri), '"other"')).bytes.length).toBe(PICTURE.length);
    const thumbnail = `${download(uri).replace('download', 'thumbnail')}?width=32&height=32`;
    expect((await again(thumbnail, await etagOf(thumbnail))).status).toBe(304);
    await quarantine(net, uri, true);
    for (const url of [download(uri), `${download(uri)}/other.png`, thumbnail])
      for (const value of [etag, '*']) expect(await again(url, value)).toMatchObject(REFUSED);
    await quarantine(net, uri, false);
    expect((await again(download(uri), etag)).status).toBe(304);
    await net.nora.ok('POST', '/logout');
    expect((await again(download(uri), etag)).status).toBe(401);
  });

  it('of other servers are not fetched, nor given from the copy, while they are quarantined', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const [seen, unseen] = [
      await upload(net.sam, Buffer.from('seen')),
      await upload(net.sam, Buffer.from('not')),
    ];
    for (const uri of [seen, unseen]) await send(net.sam, roomId, uri);
    expect((await net.nora.call('GET', download(seen))).status).toBe(200);
    for (const uri of [seen, unseen]) await quarantine(net, uri, true);
    net.sent.length = 0;
    for (const uri of [seen, unseen])
      expect(await net.nora.call('GET', download(uri))).toMatchObject(REFUSED);
    expect(net.sent.filter((one) => one.path.includes('/media/'))).toEqual([]);
    expect((await net.sam.call('GET', download(seen))).status).toBe(200);
    // Deleting the copy does not release it.
    await net.nora.ok('DELETE', `/_causeway/admin/media/${path(seen)}`);
    expect(await net.nora.call('GET', download(seen))).toMatchObject(REFUSED);
  });

  it('are deleted with their bytes', async () => {
    await using net = await withAdmin();
    const uri = await upload(net.nora, Buffer.from('bytes'));
    const mediaId = path(uri).split('/')[1];
    await net.nora.ok('DELETE', `/_causeway/admin/media/${path(uri)}`);
    expect((await net.nora.call('GET', download(uri))).status).toBe(404);
    expect(await files(net)).toEqual([]);
    expect((await net.nora.call('DELETE', `/_causeway/admin/media/${path(uri)}`)).status).toBe(404);
    const [newest] = await entries(net, 'action=file');
    expect(newest).toMatchObject({ action: 'file.delete', target: `mxc://north.test/${String(mediaId)}` });
  });

  it('of others that nobody opened for long go on demand, and are fetched again when they are asked for', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const [own, theirs] = [
      await upload(net.nora, Buffer.from('own')),
      await upload(net.sam, Buffer.from('copy')),
    ];
    await send(net.sam, roomId, theirs);
    await until('the copy', async () =>
      (await net.nora.call('GET', download(theirs))).status === 200 ? true : undefined,
    );
    const purge = (before: number) =>
      net.nora.call('POST', '/_causeway/admin/media-cache/purge', { before_ts: before });
    expect((await purge(Date.now() - 3_600_000)).body).toEqual({ files: 0, bytes: 0 });
    await until('the clock goes on', async () => {
      const { body } = await purge(Date.now());
      return body.files === 1 ? true : undefined;
    });
    expect(await files(net)).toMatchObject([{ origin: 'north.test' }]);
    expect((await net.nora.call('GET', download(own))).status).toBe(200);
    net.sent.length = 0;
    expect((await net.nora.call('GET', download(theirs))).status).toBe(200);
    expect(net.sent.some((one) => one.path.includes('/media/download/'))).toBe(true);
    expect((await purge(Date.now() + 1e7)).status).toBe(400);
    expect((await entries(net, 'action=file.purge-cache')).length).toBeGreaterThan(0);
  });
});
