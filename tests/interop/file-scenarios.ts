/** Files: what is said about them, who gets them, and what they pretend to be. */
import { randomBytes } from 'node:crypto';
import { makePicture } from '../browser/picture.ts';
import type { JsonObject, MatrixClient } from './matrix-client.ts';
import { at, bothWays, equal, fromCauseway, type Scenario, sharedRoom } from './two-sides.ts';

/** The answer of the client API of somebody's server for a file of any server. */
const fetchFile = (
  by: MatrixClient,
  mxc: string,
  options: { readonly kind?: string; readonly query?: string; readonly signedIn?: boolean } = {},
): Promise<Response> => {
  const { kind = 'download', query = '', signedIn = true } = options;
  const path = `/_matrix/client/v1/media/${kind}/${mxc.slice('mxc://'.length)}${query}`;
  return fetch(`${by.baseUrl}${path}`, {
    headers: signedIn ? { authorization: `Bearer ${by.token}` } : {},
  });
};

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

const random = (length: number) => new Uint8Array(randomBytes(length));

/** Of a PNG, https://www.w3.org/TR/png-3/#11IHDR, or of a JPEG, by its frame header: ITU T.81, B.2.2. */
const sizeOf = (picture: Buffer): { readonly width: number; readonly height: number } => {
  if (picture.readUInt8(0) === 0x89)
    return { width: picture.readUInt32BE(16), height: picture.readUInt32BE(20) };
  const frame = picture.indexOf(Buffer.from([0xff, 0xc0]));
  return { width: picture.readUInt16BE(frame + 7), height: picture.readUInt16BE(frame + 5) };
};

/** A message with a file, as the web app builds it, and what the other side gets of it. */
const share = async (
  { here, there }: { readonly here: MatrixClient; readonly there: MatrixClient },
  roomId: string,
  content: JsonObject,
): Promise<JsonObject> => {
  const sent = await here.send(roomId, 'm.room.message', content);
  return (await there.waitForEvent(roomId, 'the file', ({ event_id }) => event_id === sent)).content;
};

const SCRIPT = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>';
const PAGE = '<!doctype html><script>alert(document.cookie)</script>';

/** Nothing in a file may run, whatever it says that it is. */
const checkHarmless = (response: Response): void => {
  const policy = response.headers.get('content-security-policy') ?? '';
  equal(/\bsandbox\b/.test(policy), true, `a sandbox in ${policy}`);
  equal(/script-src 'none'|default-src 'none'/.test(policy), true, `no script in ${policy}`);
};

export const fileScenarios: readonly Scenario[] = [
  ...bothWays('several files, the last with a caption', ['files.several', 'files.caption'], async (pair) => {
    const { here, there } = pair;
    const roomId = await sharedRoom(pair);
    const files = [random(900), random(40_000), random(7)];
    for (const [index, bytes] of files.entries()) {
      const filename = `file ${index} – ünï.bin`;
      const url = await here.upload(bytes, 'application/octet-stream', filename);
      const last = index === files.length - 1;
      const seen = await share(pair, roomId, {
        msgtype: 'm.file',
        body: last ? 'All **three** of them' : filename,
        ...(last
          ? { format: 'org.matrix.custom.html', formatted_body: 'All <strong>three</strong> of them' }
          : {}),
        filename,
        url,
        info: { mimetype: 'application/octet-stream', size: bytes.length },
      });
      equal(seen['filename'], filename, 'the name of the file');
      equal(seen['body'], last ? 'All **three** of them' : filename, 'the caption');
      equal(seen['formatted_body'], last ? 'All <strong>three</strong> of them' : undefined, 'its HTML');
      const response = await fetchFile(there, String(seen['url']));
      equal(Buffer.compare(await bytesOf(response), bytes), 0, 'the comparison of the bytes');
      const disposition = response.headers.get('content-disposition') ?? '';
      equal(disposition.includes(encodeURIComponent('ünï')), true, `the name in ${disposition}`);
    }
  }),
  ...bothWays(
    'dimensions and thumbnails of pictures and films',
    ['files.image-size', 'files.video-size', 'files.thumbnail'],
    async (pair) => {
      const { here, there } = pair;
      const roomId = await sharedRoom(pair);
      const picture = new Uint8Array(makePicture(640, 480));
      const thumbnail = new Uint8Array(makePicture(160, 120));
      const url = await here.upload(picture, 'image/png', 'view.png');
      const info = {
        w: 640,
        h: 480,
        mimetype: 'image/png',
        size: picture.length,
        thumbnail_url: await here.upload(thumbnail, 'image/png', ''),
        thumbnail_info: { w: 160, h: 120, mimetype: 'image/png', size: thumbnail.length },
      };
      const image = await share(pair, roomId, { msgtype: 'm.image', body: 'view.png', url, info });
      equal([at(image, 'info', 'w'), at(image, 'info', 'h')], [640, 480], 'the size of the picture');
      const small = await fetchFile(there, String(at(image, 'info', 'thumbnail_url')));
      equal(Buffer.compare(await bytesOf(small), thumbnail), 0, 'the comparison of the thumbnails');
      // Of what has none, the servers make one.
      const query = '?width=32&height=32&method=scale';
      const made = await fetchFile(there, url, { kind: 'thumbnail', query });
      equal(made.status, 200, 'the answer for it');
      const { width, height } = sizeOf(await bytesOf(made));
      equal(width >= 32 && width < 640 && height * 4 === width * 3, true, `its size ${width} × ${height}`);
      const film = random(5_000);
      const video = await share(pair, roomId, {
        msgtype: 'm.video',
        body: 'sea.webm',
        url: await here.upload(film, 'video/webm', 'sea.webm'),
        info: { ...info, mimetype: 'video/webm', size: film.length, w: 1920, h: 1080, duration: 2_500 },
      });
      equal(
        [at(video, 'info', 'w'), at(video, 'info', 'h'), at(video, 'info', 'duration')],
        [1920, 1080, 2_500],
        'the size of the film',
      );
      const seen = await bytesOf(await fetchFile(there, String(video['url'])));
      equal(Buffer.compare(seen, film), 0, 'the comparison of the films');
    },
  ),
  ...bothWays('files are for people with an account', ['files.authenticated'], async (pair) => {
    const { here, there } = pair;
    const roomId = await sharedRoom(pair);
    const url = await here.upload(random(500), 'image/png', 'secret.png');
    await share(pair, roomId, { msgtype: 'm.image', body: 'secret.png', url });
    equal((await fetchFile(there, url)).status, 200, 'the answer to a member');
    const old = url.replace('mxc://', '/_matrix/media/v3/download/');
    for (const { baseUrl } of [here, there]) {
      equal((await fetch(`${baseUrl}${old}`)).status, 404, `the answer on the old path of ${baseUrl}`);
    }
    for (const client of [here, there]) {
      const answer = await fetchFile(client, url, { signedIn: false });
      equal(answer.status, 401, `the answer to nobody of ${client.baseUrl}`);
    }
  }),
  fromCauseway('files stay in their rooms', ['files.outside'], async (pair, sides) => {
    const { here, there } = pair;
    const colleague = await sides.colleagueOf(here);
    const closed = await sharedRoom({ here, there: colleague });
    const secret = new Uint8Array(makePicture(64, 64));
    const url = await here.upload(secret, 'image/png', 'secret.png');
    const seen = await share({ here, there: colleague }, closed, { msgtype: 'm.image', body: 'secret', url });
    equal((await fetchFile(colleague, String(seen['url']))).status, 200, 'the answer to a member');
    const outside = await fetchFile(there, url);
    equal(outside.ok, false, 'whether a server outside the room gets it');
    const query = '?width=32&height=32&method=scale';
    equal((await fetchFile(there, url, { kind: 'thumbnail', query })).ok, false, 'or a thumbnail of it');
    // The same file in a room that they share is theirs, too.
    const roomId = await sharedRoom(pair);
    await share(pair, roomId, { msgtype: 'm.image', body: 'not secret any more', url });
    const inside = await fetchFile(there, url);
    equal(Buffer.compare(await bytesOf(inside), secret), 0, 'the comparison of the bytes');
  }),
  ...bothWays('a picture that carries script', ['bad.svg'], async (pair) => {
    const { here, there } = pair;
    const roomId = await sharedRoom(pair);
    const bytes = new TextEncoder().encode(SCRIPT);
    const url = await here.upload(bytes, 'image/svg+xml', 'picture.svg');
    const seen = await share(pair, roomId, { msgtype: 'm.image', body: 'picture.svg', url });
    const response = await fetchFile(there, String(seen['url']));
    checkHarmless(response);
    equal(response.headers.get('content-disposition')?.split(';')[0], 'attachment', 'how it is given');
    equal((await bytesOf(response)).toString(), SCRIPT, 'the bytes');
    const query = '?width=32&height=32&method=scale';
    const thumbnail = await fetchFile(there, url, { kind: 'thumbnail', query });
    equal(thumbnail.ok, false, 'whether it is drawn');
  }),
  ...bothWays('a page that says it is a picture', ['bad.disguised-file'], async (pair) => {
    const { here, there } = pair;
    const roomId = await sharedRoom(pair);
    const bytes = new TextEncoder().encode(PAGE);
    const url = await here.upload(bytes, 'image/png', 'picture.png');
    const seen = await share(pair, roomId, {
      msgtype: 'm.image',
      body: 'picture.png',
      url,
      info: { mimetype: 'image/png', w: 100, h: 100 },
    });
    const response = await fetchFile(there, String(seen['url']));
    checkHarmless(response);
    equal(response.headers.get('content-type'), 'image/png', 'the type');
    equal((await bytesOf(response)).toString(), PAGE, 'the bytes');
    const query = '?width=32&height=32&method=scale';
    const thumbnail = await fetchFile(there, url, { kind: 'thumbnail', query });
    equal(thumbnail.ok, false, 'whether it is drawn');
    const real = await here.upload(new Uint8Array(makePicture(64, 64)), 'text/html', 'page.html');
    await share(pair, roomId, { msgtype: 'm.file', body: 'page.html', url: real });
    const given = await fetchFile(there, real);
    checkHarmless(given);
    equal(given.headers.get('content-disposition')?.split(';')[0], 'attachment', 'how a page is given');
  }),
];
