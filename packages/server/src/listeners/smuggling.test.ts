/** Requests that a proxy and a server could read differently, over raw sockets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { createHttpApp, type HttpRoute } from '@causeway/http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../demo/certificates.ts';
import { silentLog } from '../log/create-log.ts';
import { type Listeners, openListeners } from './listeners.ts';

const SECOND = 'GET /second HTTP/1.1\r\nHost: north.test\r\n\r\n';
const CHUNKED = 'Transfer-Encoding: chunked';
const END = '0\r\n\r\n';

const post = (headers: string, body = ''): string =>
  `POST /first HTTP/1.1\r\nHost: north.test\r\n${headers}\r\n\r\n${body}${SECOND}`;

/** @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3 and #section-2.2, #section-3.2, #section-5.1, #section-5.2, #section-7.1 */
const malformed: readonly (readonly [what: string, bytes: string])[] = [
  ['two lengths that differ', post('Content-Length: 5\r\nContent-Length: 6', 'hello')],
  ['a list of lengths', post('Content-Length: 5, 6', 'hello')],
  ['a length with a sign', post('Content-Length: +5', 'hello')],
  ['a negative length', post('Content-Length: -5', 'hello')],
  ['a hexadecimal length', post('Content-Length: 0x5', 'hello')],
  ['a length beyond all numbers', post('Content-Length: 99999999999999999999999', 'hello')],
  ['a length and chunks', post(`Content-Length: 5\r\n${CHUNKED}`, END)],
  ['chunks and a length', post(`${CHUNKED}\r\nContent-Length: 5`, END)],
  ['a coding that is not known', post('Transfer-Encoding: xchunked', END)],
  ['chunks that are not the last coding', post('Transfer-Encoding: chunked, identity', END)],
  ['two codings in two headers', post(`${CHUNKED}\r\nTransfer-Encoding: identity`, END)],
  ['a space before the colon', post('Transfer-Encoding : chunked', END)],
  ['a folded header', post('X-Any: a\r\n b: c\r\nContent-Length: 0')],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked', END)],
  ['lines that end with LF only', post('Content-Length: 0').replaceAll('\r\n', '\n')],
  ['one header that ends with LF only', post('X-Any: a\nContent-Length: 0')],
  ['one header that ends with CR only', post('X-Any: a\rContent-Length: 0')],
  ['a NUL in a header', post('X-Any: a\0b\r\nContent-Length: 0')],
  ['a chunk beyond all numbers', post(CHUNKED, `FFFFFFFFFFFFFFFFFF1\r\na\r\n${END}`)],
  ['a chunk with a sign', post(CHUNKED, `+1\r\na\r\n${END}`)],
  ['a chunk that ends with LF only', post(CHUNKED, '1\na\n0\n\n')],
  ['a chunk that is longer than it says', post(CHUNKED, `1\r\nabc\r\n${END}`)],
  ['a version that is not there', post('Content-Length: 0').replace('HTTP/1.1', 'HTTP/1.2')],
];

let listeners: Listeners;
let certificate: string;
let folder: string;
/** What got through, with its body. */
let answered: string[] = [];

const recording = (method: 'GET' | 'POST', path: string): HttpRoute => ({
  method,
  paths: [path],
  handle: async ({ body }) => {
    answered.push(`${path} ${Buffer.from(body).toString()}`.trim());
    return {};
  },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-smuggling-'));
  const ca = await createCertificateAuthority();
  const { certPem, keyPem } = await issueCertificate(ca, ['north.test']);
  const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  writeFileSync(tls.certFile, certPem);
  writeFileSync(tls.keyFile, keyPem);
  certificate = ca.certPem;
  const { handle } = await createHttpApp({
    routes: [recording('POST', '/first'), recording('GET', '/second')],
    log: silentLog,
  });
  listeners = await openListeners(
    { bind: '127.0.0.1', httpPort: 0, federationPort: 0, tls },
    handle,
    silentLog,
  );
});
beforeEach(() => {
  answered = [];
});
afterAll(async () => {
  listeners.destroy();
  await listeners.close();
  rmSync(folder, { recursive: true });
});

const transports = {
  HTTP: () => connect(listeners.httpPort, '127.0.0.1'),
  HTTPS: () =>
    connectTls({
      host: '127.0.0.1',
      port: listeners.httpsPort ?? 0,
      servername: 'north.test',
      ca: certificate,
    }),
};

/** The status codes of all answers until the server ends the connection, or until there are `enough`. */
const statuses = (socket: Socket, bytes: string, enough = Number.POSITIVE_INFINITY) =>
  new Promise<readonly number[]>((resolve) => {
    let text = '';
    const found = () => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (found().length >= enough) socket.destroy();
    });
    // The server may have ended the connection while we still write.
    socket.on('error', () => {});
    socket.on('close', () => resolve(found()));
    socket.write(bytes, 'latin1');
  });

describe.each(['HTTP', 'HTTPS'] as const)('over %s, a request with', (transport) => {
  it('one length, or with chunks only, is followed by the next on its connection', async () => {
    const sound = post('Content-Length: 5', 'hello') + post(CHUNKED, `5\r\nworld\r\n${END}`);
    expect(await statuses(transports[transport](), sound, 4)).toEqual([200, 200, 200, 200]);
    // Answered in their order, but worked on at the same time.
    expect(answered.toSorted()).toEqual(['/first hello', '/first world', '/second', '/second']);
  });

  it.each(malformed)(
    '%s is refused, and what follows on its connection is not read',
    async (_what, bytes) => {
      expect(await statuses(transports[transport](), bytes)).toEqual([400]);
      expect(answered).toEqual([]);
      expect(await statuses(transports[transport](), SECOND, 1)).toEqual([200]);
      expect(answered).toEqual(['/second']);
    },
  );

  it('two hosts, or none, is refused', async () => {
    const get = (hosts: string) => `GET /second HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`;
    const two = 'Host: north.test\r\nHost: south.test\r\n';
    expect(await statuses(transports[transport](), get(two))).toEqual([400]);
    expect(await statuses(transports[transport](), get(''))).toEqual([400]);
    expect(answered).toEqual([]);
    expect(await statuses(transports[transport](), get('Host: north.test\r\n'))).toEqual([200]);
  });

  it('headers of more than 16 KiB is refused', async () => {
    const bytes = post(`X-Any: ${'a'.repeat(16 * 1024)}\r\nContent-Length: 0`);
    expect(await statuses(transports[transport](), bytes)).toEqual([431]);
    expect(answered).toEqual([]);
  });
});
