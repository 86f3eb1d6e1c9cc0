import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import tls from 'node:tls';
import type { TransportRequest } from '@causeway/homeserver';
import { type DnsServer, startDnsServer } from '@causeway/testing/dns-server';
import { type StoppedClock, stoppedClock } from '@causeway/testing/stopped-clock';
import {
  type Answer,
  createCertificateAuthority,
  issueCertificate,
  json,
  redirect,
  startTestServers,
  type TestServers,
} from '@causeway/testing/tls-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEgress, type EgressOptions } from './egress.ts';

/** Told by the HTTP client. */
const headersArrived = channel('undici:request:headers');

let servers: TestServers;
let dns: DnsServer;
beforeAll(async () => {
  servers = await startTestServers();
  dns = await startDnsServer();
});
afterAll(async () => {
  await servers[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});
beforeEach(() => {
  dns.zone.clear();
  dns.questions.length = 0;
  servers.answers.clear();
  servers.requests.length = 0;
});

const open = (options: EgressOptions = {}) =>
  createEgress({
    dnsServers: [dns.address],
    allowPrivateAddresses: true,
    extraCa: servers.ca.certPem,
    ports: servers.ports,
    // Longer than anything takes on a busy machine; what is about time limits turns the clock on.
    fetchTimeouts: { wellKnownMs: 10_000, connectMs: 10_000 },
    ...options,
  });
const at = (name: string) => `${name}:${servers.ports.federation}`;
const request = (destination: string, change: Partial<TransportRequest> = {}): TransportRequest => ({
  destination,
  method: 'GET',
  path: '/x',
  timeoutMs: 15_000,
  maxBytes: 10_000,
  ...change,
});
const serve = (name: string, answer: Answer, path = '/x') => {
  dns.zone.set(name, { a: ['127.0.0.1'] });
  servers.answers.set(`${at(name)}${path}`, answer);
};
/** Answers with headers; the body is written by the test. `answered` is fulfilled when the headers have arrived. */
const serveHeaders = (name: string) => {
  const begun = Promise.withResolvers<ServerResponse>();
  const answered = Promise.withResolvers<void>();
  serve(name, (_, response) => {
    response.flushHeaders();
    begun.resolve(response);
  });
  const heard = () => {
    headersArrived.unsubscribe(heard);
    // What waited for them goes on first.
    setImmediate(answered.resolve);
  };
  headersArrived.subscribe(heard);
  return { response: begun.promise, answered: answered.promise };
};
/** Single bytes over 20 seconds of that clock. */
const drip = async (response: ServerResponse, clock: StoppedClock) => {
  for (let i = 0; i < 200 && !response.destroyed; i++) {
    clock.turnOn(100);
    response.write('x');
    await nextTurn();
  }
};
const ask = async (name: string, change: Partial<TransportRequest> = {}, options: EgressOptions = {}) => {
  await using egress = open(options);
  return await egress.request(request(name, change));
};

describe('a request', () => {
  it('sends method, path, headers and body as given, and asks for an unpacked answer', async () => {
    let received: unknown;
    serve(
      'a.test',
      (incoming, response) => {
        let body = '';
        incoming.on('data', (piece) => {
          body += piece;
        });
        incoming.on('end', () => {
          received = { method: incoming.method, url: incoming.url, headers: incoming.headers, body };
          response.writeHead(418, { 'x-a': ['1', '2'] }).end('{"ok":true}');
        });
      },
      '/_matrix/x?a=%2F%20b&c',
    );
    const result = await ask(at('a.test'), {
      method: 'PUT',
      path: '/_matrix/x?a=%2F%20b&c',
      headers: { authorization: 'X-Matrix a' },
      body: '{"é":1}',
    });
    expect(received).toMatchObject({
      method: 'PUT',
      url: '/_matrix/x?a=%2F%20b&c',
      body: '{"é":1}',
      headers: {
        authorization: 'X-Matrix a',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        'user-agent': 'Causeway',
      },
    });
    expect(result).toMatchObject({ kind: 'response', status: 418, headers: { 'x-a': '1, 2' } });
    if (result.kind === 'response') expect(Buffer.from(result.body).toString()).toBe('{"ok":true}');
  });

  it('is not followed to another place by a redirect', async () => {
    serve('a.test', redirect('/y'));
    expect(await ask(at('a.test'))).toMatchObject({ kind: 'response', status: 302 });
    expect(servers.requests).toHaveLength(1);
  });

  it('keeps connections for requests that follow each other', async () => {
    serve('a.test', json({}));
    await using egress = open();
    for (let i = 0; i < 20; i++) await egress.request(request(at('a.test')));
    expect(new Set(servers.requests.map(({ clientPort }) => clientPort)).size).toBeLessThanOrEqual(2);
  });

  it('opens a bounded number of connections to one server', async () => {
    serve('a.test', (_, response) => setTimeout(() => response.end('{}'), 20));
    await using egress = open();
    await Promise.all(Array.from({ length: 40 }, () => egress.request(request(at('a.test')))));
    expect(servers.requests).toHaveLength(40);
    expect(new Set(servers.requests.map(({ clientPort }) => clientPort)).size).toBeLessThanOrEqual(6);
  });

  it('is made again when the kept connection turns out to be closed, but not a POST', async () => {
    let times = 0;
    serve('a.test', (incoming, response) => {
      if (++times === 2) incoming.socket.destroy();
      else response.end('{}');
    });
    await using egress = open();
    await egress.request(request(at('a.test')));
    expect(await egress.request(request(at('a.test')))).toMatchObject({ kind: 'response' });
    times = 1;
    expect(await egress.request(request(at('a.test'), { method: 'POST' }))).toMatchObject({
      kind: 'failed',
      code: 'unreachable',
    });
  });

  it('tries the next address when one does not answer', async () => {
    serve('a.test', json({}));
    dns.zone.set('a.test', { aaaa: ['100:0:0:0:0:0:0:1'], a: ['127.0.0.77', '127.0.0.1'] });
    const policy = { addressPolicy: () => ({ kind: 'allowed' as const }) };
    expect(await ask(at('a.test'), {}, policy)).toMatchObject({ kind: 'response' });
  });
});

describe('a failure names the server and the step', () => {
  const failed = (code: string, ...words: string[]) => ({
    kind: 'failed',
    code,
    reason: expect.stringMatching(new RegExp(words.join('.*'))),
  });

  it('when there is no such name', async () => {
    expect(await ask(at('nowhere.test'))).toEqual(failed('dns', 'nowhere.test', 'no such name'));
  });
  it('when the name server fails', async () => {
    dns.zone.set('a.test', { code: 2 });
    expect(await ask(at('a.test'))).toEqual(failed('dns', 'a.test', 'name server failed'));
  });
  it('when nobody listens', async () => {
    dns.zone.set('a.test', { a: ['127.0.0.1'] });
    expect(await ask('a.test:1')).toEqual(failed('unreachable', 'a.test:1', 'refuses connections'));
  });
  it('when the server does not answer', async () => {
    const asked = Promise.withResolvers<void>();
    serve('a.test', () => asked.resolve());
    using clock = stoppedClock();
    const answer = ask(at('a.test'), { timeoutMs: 15_000 });
    await asked.promise;
    clock.turnOn(15_000);
    expect(await answer).toEqual(failed('timeout', 'a.test', 'waiting for its answer'));
  });
  it('when the server accepts and says nothing', async () => {
    const mute = net.createServer(() => {}).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    dns.zone.set('mute.test', { a: ['127.0.0.1'] });
    const { port } = mute.address() as AddressInfo;
    const options = { fetchTimeouts: { connectMs: 150 } };
    expect(await ask(`mute.test:${port}`, {}, options)).toEqual(failed('timeout', 'mute.test'));
    mute.close();
  });
  it('when the answer breaks off', async () => {
    serve('a.test', (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await ask(at('a.test'))).toEqual(failed('unreachable', 'a.test'));
  });
  it('when the answer comes byte by byte', async () => {
    const { response, answered } = serveHeaders('a.test');
    using clock = stoppedClock();
    const answer = ask(at('a.test'), { timeoutMs: 15_000 });
    await answered;
    // Each byte comes well within the limit, all of them together do not.
    await drip(await response, clock);
    expect(await answer).toEqual(failed('timeout', 'a.test', 'reading its answer'));
  });
  it('when the answer is too large, said or not', async () => {
    serve('a.test', (_, response) => response.end('x'.repeat(10_001)));
    expect(await ask(at('a.test'))).toEqual(failed('too-large', 'a.test', '10000 bytes'));
    serve('a.test', (_, response) => {
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(1_000)));
      };
      response.on('drain', write);
      write();
    });
    expect(await ask(at('a.test'))).toEqual(failed('too-large', 'a.test', '10000 bytes'));
  });
  it('when the answer is packed', async () => {
    serve('a.test', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
    expect(await ask(at('a.test'))).toEqual(failed('refused-by-policy', 'a.test', 'gzip'));
  });
  it('when it is withdrawn, or the egress is closed', async () => {
    serve('a.test', () => {});
    expect(await ask(at('a.test'), { signal: AbortSignal.timeout(50) })).toEqual(failed('aborted', 'a.test'));
    expect(await ask(at('a.test'), { signal: AbortSignal.abort() })).toEqual(failed('aborted', 'a.test'));
    const egress = open();
    const result = egress.request(request(at('a.test')));
    setTimeout(() => egress[Symbol.asyncDispose](), 50);
    expect(await result).toEqual(failed('aborted', 'a.test'));
  });
  it('when the server name is none', async () => {
    expect(await ask('a test/..')).toEqual(failed('dns', 'not a server name'));
  });
});

describe('TLS', () => {
  const outcome = async (name: string, options: EgressOptions = {}) => {
    const result = await ask(at(name), {}, options);
    return result.kind === 'failed' ? `${result.code}: ${result.reason}` : result.kind;
  };
  const present = async (name: string, certificate: ReturnType<typeof issueCertificate>) => {
    serve(name, json({}));
    servers.certificates.set(name, await certificate);
  };

  it('refuses a certificate for another name', async () => {
    await present('wrong.test', issueCertificate(servers.ca, ['right.test']));
    expect(await outcome('wrong.test')).toMatch(/^tls: .*wrong.test.*other names/);
    expect(servers.requests.filter(({ sni }) => sni === 'wrong.test')).toEqual([]);
  });
  it('refuses a certificate of another authority', async () => {
    await present('other.test', issueCertificate(await createCertificateAuthority('other'), ['other.test']));
    expect(await outcome('other.test')).toMatch(/^tls: .*other.test/);
  });
  it('refuses an authority that was not named to it', async () => {
    await present('ours.test', issueCertificate(servers.ca, ['ours.test']));
    expect(await outcome('ours.test', { extraCa: (await createCertificateAuthority('x')).certPem })).toMatch(
      /^tls: /,
    );
  });
  it('refuses a self-signed certificate', async () => {
    const self = await createCertificateAuthority('self.test');
    const issued = await issueCertificate(self, ['self.test']);
    await present('self.test', Promise.resolve(issued));
    expect(await outcome('self.test')).toMatch(/^tls: /);
  });
  it('refuses a certificate that has expired', async () => {
    const notAfter = new Date(Date.now() - 1_000);
    await present('old.test', issueCertificate(servers.ca, ['old.test'], { notAfter }));
    expect(await outcome('old.test')).toMatch(/^tls: .*expired/);
  });
  it('demands the certificate of the server name behind an override, not that of the target', async () => {
    dns.zone.set('target.test', { a: ['127.0.0.1'] });
    servers.answers.set('asked.test/x', json({}));
    servers.certificates.set('asked.test', await issueCertificate(servers.ca, ['target.test']));
    const overrides = new Map([['asked.test', `target.test:${servers.ports.https}`]]);
    const result = await ask('asked.test', {}, { overrides });
    expect(result).toMatchObject({ kind: 'failed', code: 'tls' });
  });
  it('refuses an address whose certificate has only names', async () => {
    const certificate = await issueCertificate(servers.ca, ['localhost']);
    const server = tls
      .createServer({ cert: certificate.certPem, key: certificate.keyPem })
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await ask(`127.0.0.1:${port}`)).toMatchObject({ kind: 'failed', code: 'tls' });
    server.close();
  });
  it('refuses TLS 1.1 and plain HTTP', async () => {
    const certificate = await issueCertificate(servers.ca, ['127.0.0.1']);
    const old = tls.createServer({
      cert: certificate.certPem,
      key: certificate.keyPem,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const plain = http.createServer((_, response) => response.end('{}'));
    for (const server of [old, plain]) {
      server.on('tlsClientError', () => {});
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      expect(await ask(`127.0.0.1:${port}`)).toMatchObject({ kind: 'failed', code: 'tls' });
      server.close();
    }
  });
});

describe('addresses that are not to be reached', () => {
  const strict = { allowPrivateAddresses: false };

  /** Spellings that somebody between us and the socket could read as an address of this machine. */
  const spellings = [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '0',
    '0.0.0.0',
    '0x0',
    '10.0.0.1',
    '192.168.0.1',
    '172.16.0.1',
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '100.64.0.1',
    'localhost',
    'LOCALHOST',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::FFFF:0:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fe80::1]',
    '[fc00::1]',
    '[fd00::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001:db8::5efe:7f00:1]',
    '[::ffff:a9fe:a9fe]',
  ];

  it.each(spellings)(
    '%s, as a server name, a delegation, an SRV target, a redirect and a URL',
    async (spelling) => {
      const before = servers.connections();
      // With the system's resolver, which reads more spellings than a name server is asked for.
      const system = { ...strict, dnsServers: [] };
      const { port } = { port: servers.ports.federation };
      const results = [await ask(`${spelling}:${port}`, {}, system), await ask(spelling, {}, strict)];
      for (const to of [spelling, `${spelling}:${port}`]) {
        dns.zone.set('evil.test', { a: ['127.0.0.1'] });
        const only = (address: string) =>
          address === '127.0.0.1' && servers.requests.length === 0
            ? { kind: 'allowed' as const }
            : { kind: 'refused' as const, reason: 'private' };
        servers.answers.set(
          `evil.test:${servers.ports.https}/.well-known/matrix/server`,
          json({ 'm.server': to }),
        );
        results.push(await ask('evil.test', {}, { addressPolicy: only }));
        servers.requests.length = 0;
        servers.answers.set(`evil.test:${servers.ports.https}/go`, redirect(`https://${to}/`));
        await using egress = open({ addressPolicy: only });
        const url = `https://evil.test:${servers.ports.https}/go`;
        results.push(await egress.fetch({ url, timeoutMs: 10_000, maxBytes: 1_000 }));
        servers.requests.length = 0;
      }
      dns.zone.clear();
      dns.zone.set('_matrix-fed._tcp.srv.test', {
        srv: [{ name: spelling.replace(/^\[(.*)\]$/, '$1'), port, priority: 0, weight: 0 }],
      });
      results.push(await ask('srv.test', {}, strict));
      await using egress = open(system);
      results.push(
        await egress.fetch({ url: `https://${spelling}:${port}/x`, timeoutMs: 10_000, maxBytes: 1_000 }),
      );
      for (const result of results) {
        expect(result).toMatchObject({
          kind: 'failed',
          code: expect.stringMatching(/^(refused-by-policy|dns)$/),
        });
      }
      // The two delegations and the two redirects were read from a server that may be reached.
      expect(servers.connections() - before).toBe(4);
    },
  );

  it.each([
    { a: ['127.0.0.1'] },
    { a: ['10.0.0.1'] },
    { a: ['169.254.169.254'] },
    { aaaa: ['0:0:0:0:0:0:0:1'] },
    { aaaa: ['0:0:0:0:0:ffff:7f00:1'] },
    { aaaa: ['64:ff9b:0:0:0:0:7f00:1'] },
  ])('a name that resolves to %j is refused before a connection is made', async (records) => {
    const before = servers.connections();
    dns.zone.set('evil.test', records);
    const result = await ask(at('evil.test'), {}, strict);
    expect(result).toMatchObject({ kind: 'failed', code: 'refused-by-policy' });
    expect(result.kind === 'failed' && result.reason).toMatch(/evil\.test/);
    expect(servers.connections()).toBe(before);
  });

  it('connects to the address that was checked, whatever the name server says the next time', async () => {
    const connected = new Set<string | undefined>();
    const server = tls.createServer().listen(0, '::');
    server.on('connection', (socket: net.Socket) => {
      connected.add(socket.localAddress?.replace('::ffff:', ''));
      socket.destroy();
    });
    await once(server, 'listening');
    dns.zone.set('rebind.test', (times) => ({ a: [times % 2 === 1 ? '127.0.0.2' : '127.0.0.3'] }));
    const addressPolicy = (address: string) =>
      address === '127.0.0.2'
        ? { kind: 'allowed' as const }
        : { kind: 'refused' as const, reason: 'private' };
    await using egress = open({ addressPolicy });
    const { port } = server.address() as AddressInfo;
    for (let i = 0; i < 6; i++) await egress.request(request(`rebind.test:${port}`));
    expect([...connected]).toEqual(['127.0.0.2']);
    server.close();
  });

  it('uses the allowed ones of several addresses', async () => {
    serve('mixed.test', json({}));
    dns.zone.set('mixed.test', { a: ['127.0.0.3', '127.0.0.1'] });
    const addressPolicy = (address: string) =>
      address === '127.0.0.1'
        ? { kind: 'allowed' as const }
        : { kind: 'refused' as const, reason: 'private' };
    expect(await ask(at('mixed.test'), {}, { addressPolicy })).toMatchObject({ kind: 'response' });
  });
});

describe('a streamed answer', () => {
  const read = async (body: AsyncIterable<Uint8Array>) => {
    let size = 0;
    for await (const piece of body) size += piece.byteLength;
    return size;
  };
  const stream = async (egress: ReturnType<typeof open>, change: Partial<TransportRequest> = {}) => {
    const result = await egress.stream(request(at('a.test'), change));
    if (result.kind === 'failed') throw new Error(result.reason);
    return result.body;
  };

  it('is handed over as it comes, and may be longer than its time limit when it moves on', async () => {
    const { response } = serveHeaders('a.test');
    await using egress = open();
    using clock = stoppedClock();
    const body = await stream(egress, { timeoutMs: 15_000, maxBytes: 300_000 });
    const sender = await response;
    const pieces = body[Symbol.asyncIterator]();
    let size = 0;
    const readUpTo = async (end: number) => {
      while (size < end) size += (await pieces.next()).value?.byteLength ?? Number.NaN;
    };
    for (let end = 5_000; end <= 300_000; end += 5_000) {
      const reading = readUpTo(end);
      await nextTurn();
      clock.turnOn(10_000);
      sender.write(Buffer.alloc(5_000));
      await reading;
    }
    sender.end();
    expect(await pieces.next()).toMatchObject({ done: true });
    expect(size).toBe(300_000);
  });

  it.each<[string, string, (sender: ServerResponse, clock: StoppedClock) => unknown]>([
    [
      'stalls',
      'timeout',
      async (sender, clock) => {
        sender.write('x');
        await nextTurn();
        clock.turnOn(15_000);
      },
    ],
    ['drips', 'timeout', drip],
    ['is too large', 'too-large', (sender) => sender.write('x'.repeat(20_000))],
  ])('ends with an error when it %s', async (_, code, send) => {
    const { response } = serveHeaders('a.test');
    await using egress = open();
    using clock = stoppedClock();
    const reading = expect(read(await stream(egress, { timeoutMs: 15_000 }))).rejects.toMatchObject({ code });
    await nextTurn();
    await send(await response, clock);
    await reading;
  });

  it('ends when its reader withdraws or stops', async () => {
    let closed = 0;
    serve('a.test', (_, response) => {
      response.write('x'.repeat(5_000));
      response.on('close', () => closed++);
    });
    await using egress = open();
    const controller = new AbortController();
    const body = await stream(egress, { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(read(body)).rejects.toMatchObject({ code: 'aborted' });
    for await (const _ of await stream(egress)) break;
    await expect.poll(() => closed, { timeout: 10_000 }).toBe(2);
  });

  it('that nobody reads is ended', async () => {
    let closed = false;
    serve('a.test', (_, response) => {
      response.write('x'.repeat(5_000));
      response.on('close', () => {
        closed = true;
      });
    });
    await using egress = open();
    using clock = stoppedClock();
    await stream(egress, { timeoutMs: 15_000 });
    expect(closed).toBe(false);
    clock.turnOn(15_000);
    await expect.poll(() => closed, { timeout: 10_000 }).toBe(true);
  });
});

describe('a URL', () => {
  it('is fetched over redirects, without our headers at another origin', async () => {
    for (const name of ['media.test', 'cdn.test']) dns.zone.set(name, { a: ['127.0.0.1'] });
    let sent: unknown;
    serve('media.test', redirect(`https://${at('cdn.test')}/file?sig=1`));
    serve(
      'cdn.test',
      (incoming, response) => {
        sent = incoming.headers.authorization;
        response.end('bytes');
      },
      '/file?sig=1',
    );
    await using egress = open();
    const url = `https://${at('media.test')}/x`;
    const result = await egress.fetchStream({
      url,
      headers: { authorization: 'secret' },
      timeoutMs: 10_000,
      maxBytes: 100,
    });
    if (result.kind === 'failed') throw new Error(result.reason);
    let text = '';
    for await (const piece of result.body) text += Buffer.from(piece).toString();
    expect(text).toBe('bytes');
    expect(sent).toBeUndefined();
  });

  it.each(['http://a.test/', 'ftp://a.test/', 'file:///etc/passwd', 'nothing', ''])(
    '%j is refused',
    async (url) => {
      await using egress = open();
      const result = await egress.fetch({ url, timeoutMs: 10_000, maxBytes: 100 });
      expect(result).toMatchObject({ kind: 'failed', code: 'refused-by-policy' });
    },
  );
});
