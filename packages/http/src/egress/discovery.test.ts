import { type DnsServer, startDnsServer } from '@causeway/testing/dns-server';
import {
  type Answer,
  json,
  redirect,
  startTestServers,
  type TestServers,
} from '@causeway/testing/tls-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEgress, type EgressOptions } from './egress.ts';

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

const PATH = '/_matrix/federation/v1/version';
const HERE = { a: ['127.0.0.1'] };

const open = (options: EgressOptions = {}) =>
  createEgress({
    dnsServers: [dns.address],
    allowPrivateAddresses: true,
    extraCa: servers.ca.certPem,
    ports: servers.ports,
    // Longer than anything takes on a busy machine.
    fetchTimeouts: { wellKnownMs: 10_000, connectMs: 10_000 },
    ...options,
  });

/** Asks a server for its version over a new egress, and says which request arrived. */
const ask = async (destination: string, options: EgressOptions = {}) => {
  await using egress = open(options);
  const result = await egress.request({
    destination,
    method: 'GET',
    path: PATH,
    timeoutMs: 15_000,
    maxBytes: 1_000,
  });
  return { result, seen: servers.requests.find(({ url }) => url === PATH) };
};
const serve = (...hosts: string[]) => {
  for (const host of hosts) servers.answers.set(`${host}${PATH}`, json({ host }));
};
const wellKnown = (host: string, answer: Answer) =>
  servers.answers.set(`${host}:${servers.ports.https}/.well-known/matrix/server`, answer);
const delegate = (host: string, to: string) => wellKnown(host, json({ 'm.server': to }));
const srv = (service: string, ...records: [port: number, name: string, priority?: number][]) =>
  dns.zone.set(service, {
    srv: records.map(([port, name, priority = 0]) => ({ port, name, priority, weight: 0 })),
  });

describe('step 1: an IP literal', () => {
  it.each([
    ['127.0.0.1:PORT', '127.0.0.1:PORT'],
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]:PORT', '[::1]:PORT'],
    ['[::1]', '[::1]'],
  ])('%s is connected to, without SNI, Host being the server name', async (name, host) => {
    const fill = (text: string) => text.replace('PORT', String(servers.ports.https));
    serve(fill(host));
    const { result, seen } = await ask(fill(name));
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    const port = name.includes('PORT') ? servers.ports.https : servers.ports.federation;
    expect(seen).toMatchObject({ host: fill(host), sni: undefined, port });
    expect(dns.questions).toEqual([]);
  });
});

describe('step 2: an explicit port', () => {
  it('is connected to without asking for a delegation', async () => {
    const name = `two.test:${servers.ports.https}`;
    dns.zone.set('two.test', HERE);
    delegate('two.test', 'elsewhere.test');
    serve(name);
    const { result, seen } = await ask(name);
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(seen).toMatchObject({ host: name, sni: 'two.test', port: servers.ports.https });
    expect(servers.requests).toHaveLength(1);
  });

  it.each(['two.test:0', 'two.test:65536', 'two.test:99999'])('%s is no server', async (name) => {
    expect((await ask(name)).result).toMatchObject({ kind: 'failed', code: 'dns' });
  });
});

describe('step 3: a delegation', () => {
  beforeEach(() => {
    dns.zone.set('three.test', HERE);
    dns.zone.set('delegate.test', HERE);
    dns.zone.set('matrix.test', HERE);
  });

  it.each(['127.0.0.1:PORT', '127.0.0.1', '[::1]:PORT', '[::1]'])(
    '3.1: to the IP literal %s: no SNI, Host being the address',
    async (to) => {
      const target = to.replace('PORT', String(servers.ports.https));
      delegate('three.test', target);
      serve(target);
      const { result, seen } = await ask('three.test');
      expect(result).toMatchObject({ kind: 'response', status: 200 });
      expect(seen).toMatchObject({ host: target, sni: undefined });
    },
  );

  it('3.2: to a name with port', async () => {
    const target = `delegate.test:${servers.ports.https}`;
    delegate('three.test', target);
    serve(target);
    const { seen } = await ask('three.test');
    expect(seen).toMatchObject({ host: target, sni: 'delegate.test', port: servers.ports.https });
    expect(dns.questions.filter((question) => question.startsWith('srv'))).toEqual([]);
  });

  it.each(['_matrix-fed._tcp', '_matrix._tcp'])(
    '3.3, 3.4: to a name with an SRV record %s',
    async (service) => {
      delegate('three.test', 'delegate.test');
      dns.zone.delete('delegate.test');
      srv(`${service}.delegate.test`, [servers.ports.https, 'matrix.test']);
      serve('delegate.test');
      const { result, seen } = await ask('three.test');
      expect(result).toMatchObject({ kind: 'response', status: 200 });
      expect(seen).toMatchObject({ host: 'delegate.test', sni: 'delegate.test', port: servers.ports.https });
    },
  );

  it('3.5: to a name alone: port 8448', async () => {
    delegate('three.test', 'delegate.test');
    serve('delegate.test');
    const { seen } = await ask('three.test');
    expect(seen).toMatchObject({
      host: 'delegate.test',
      sni: 'delegate.test',
      port: servers.ports.federation,
    });
  });

  it('is followed once: the delegate is not asked for another', async () => {
    delegate('three.test', 'delegate.test');
    delegate('delegate.test', 'matrix.test');
    serve('delegate.test', 'matrix.test');
    expect((await ask('three.test')).seen).toMatchObject({ host: 'delegate.test' });
  });

  it('may come after redirects, also to another host', async () => {
    const at = `https://delegate.test:${servers.ports.https}`;
    wellKnown('three.test', redirect(`${at}/a`));
    servers.answers.set(`delegate.test:${servers.ports.https}/a`, redirect('/b'));
    servers.answers.set(`delegate.test:${servers.ports.https}/b`, json({ 'm.server': 'matrix.test' }));
    serve('matrix.test');
    expect((await ask('three.test')).seen).toMatchObject({ host: 'matrix.test' });
  });
});

describe('steps 4 to 6: no delegation', () => {
  beforeEach(() => {
    dns.zone.set('four.test', HERE);
    dns.zone.set('matrix.test', HERE);
  });

  it.each(['_matrix-fed._tcp', '_matrix._tcp'])('4, 5: an SRV record %s', async (service) => {
    srv(`${service}.four.test`, [servers.ports.https, 'matrix.test']);
    serve('four.test');
    const { result, seen } = await ask('four.test');
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(seen).toMatchObject({ host: 'four.test', sni: 'four.test', port: servers.ports.https });
  });

  it('the registered service comes before the deprecated one', async () => {
    srv('_matrix-fed._tcp.four.test', [servers.ports.https, 'matrix.test']);
    srv('_matrix._tcp.four.test', [servers.ports.federation, 'matrix.test']);
    serve('four.test');
    expect((await ask('four.test')).seen).toMatchObject({ port: servers.ports.https });
  });

  it('the next SRV record is tried when the first does not answer', async () => {
    srv('_matrix-fed._tcp.four.test', [servers.ports.https, 'matrix.test', 20], [1, 'matrix.test', 10]);
    serve('four.test');
    expect((await ask('four.test')).seen).toMatchObject({ port: servers.ports.https });
  });

  it('an SRV record that points at the root says that there is no server', async () => {
    srv('_matrix-fed._tcp.four.test', [0, '.']);
    serve('four.test');
    const { result } = await ask('four.test');
    expect(result).toMatchObject({ kind: 'failed', code: 'dns' });
    expect(servers.requests.filter(({ url }) => url === PATH)).toEqual([]);
  });

  it('6: no record, or a name server that fails: port 8448', async () => {
    dns.zone.set('_matrix-fed._tcp.four.test', { code: 2 });
    serve('four.test');
    const { seen } = await ask('four.test');
    expect(seen).toMatchObject({ host: 'four.test', sni: 'four.test', port: servers.ports.federation });
  });

  const port = () => servers.ports.https;
  const impatient: EgressOptions = { fetchTimeouts: { wellKnownMs: 600 } };
  const unusable: readonly [string, () => void, EgressOptions?][] = [
    ['is not there', () => {}],
    ['fails', () => wellKnown('four.test', (_, response) => response.writeHead(500).end())],
    ['is not JSON', () => wellKnown('four.test', (_, response) => response.end('<html>'))],
    ['is not an object', () => wellKnown('four.test', json([1]))],
    ['is null', () => wellKnown('four.test', json(null))],
    ['has no m.server', () => wellKnown('four.test', json({ server: 'matrix.test' }))],
    ['has a number', () => wellKnown('four.test', json({ 'm.server': 7 }))],
    ['has no server name', () => delegate('four.test', 'https://matrix.test/')],
    ['has an empty name', () => delegate('four.test', '')],
    [
      'is too large',
      () => wellKnown('four.test', json({ 'm.server': 'matrix.test', x: 'y'.repeat(60_000) })),
    ],
    [
      'never ends',
      () =>
        wellKnown('four.test', (_, response) => {
          const piece = 'x'.repeat(10_000);
          const write = () => {
            while (!response.destroyed && response.write(piece));
          };
          response.on('drain', write);
          write();
        }),
    ],
    [
      'comes byte by byte',
      () =>
        wellKnown('four.test', (_, response) => {
          const timer = setInterval(() => response.write(' '), 50);
          response.on('close', () => clearInterval(timer));
        }),
      impatient,
    ],
    ['does not answer', () => wellKnown('four.test', () => {}), impatient],
    ['redirects to itself', () => wellKnown('four.test', redirect('/.well-known/matrix/server'))],
    [
      'redirects in a circle',
      () => {
        wellKnown('four.test', redirect('/a'));
        servers.answers.set(`four.test:${port()}/a`, redirect('/.well-known/matrix/server'));
      },
    ],
    [
      'redirects without end',
      () => {
        wellKnown('four.test', redirect('/1'));
        for (let i = 1; i < 50; i++) servers.answers.set(`four.test:${port()}/${i}`, redirect(`/${i + 1}`));
      },
    ],
    ['redirects to plain HTTP', () => wellKnown('four.test', redirect(`http://four.test:${port()}/x`))],
    ['redirects nowhere', () => wellKnown('four.test', redirect('https://'))],
    [
      'is packed',
      () =>
        wellKnown('four.test', (_, response) =>
          response.writeHead(200, { 'content-encoding': 'br' }).end('x'),
        ),
    ],
  ];
  it.each(unusable)('a delegation that %s is passed over', async (_, prepare, options) => {
    prepare();
    serve('four.test', 'matrix.test');
    const { result, seen } = await ask('four.test', options);
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(seen).toMatchObject({ host: 'four.test', port: servers.ports.federation });
    expect(servers.requests.length).toBeLessThan(10);
  });
});

describe('an override', () => {
  const overridden = (target: string): EgressOptions => ({
    overrides: new Map([['five.test', target]]),
    allowPrivateAddresses: false,
  });

  it('is looked at before everything, reaches private addresses and leaves the names as they are', async () => {
    delegate('five.test', 'matrix.test');
    serve('five.test');
    const { result, seen } = await ask('five.test', overridden(`127.0.0.1:${servers.ports.https}`));
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(seen).toMatchObject({ host: 'five.test', sni: 'five.test', port: servers.ports.https });
    expect(dns.questions).toEqual([]);
    expect(servers.requests).toHaveLength(1);
  });

  it('may name a host', async () => {
    dns.zone.set('inside.test', HERE);
    serve('five.test');
    const { seen } = await ask('five.test', overridden(`inside.test:${servers.ports.https}`));
    expect(seen).toMatchObject({ host: 'five.test', sni: 'five.test' });
  });

  it('does not open private addresses to other servers', async () => {
    dns.zone.set('six.test', HERE);
    const { result } = await ask('six.test', overridden(`127.0.0.1:${servers.ports.https}`));
    expect(result).toMatchObject({ kind: 'failed', code: 'refused-by-policy' });
  });
});

it('remembers a delegation and asks no more than once at a time', async () => {
  dns.zone.set('seven.test', HERE);
  dns.zone.set('matrix.test', HERE);
  delegate('seven.test', 'matrix.test');
  serve('matrix.test');
  await using egress = open();
  const request = {
    destination: 'seven.test',
    method: 'GET',
    path: PATH,
    timeoutMs: 15_000,
    maxBytes: 1_000,
  } as const;
  await Promise.all([egress.request(request), egress.request(request), egress.request(request)]);
  await egress.request(request);
  expect(servers.requests.filter(({ url }) => url !== PATH)).toHaveLength(1);
});

it('tells every step it made', async () => {
  dns.zone.set('eight.test', HERE);
  dns.zone.set('matrix.test', HERE);
  delegate('eight.test', 'delegate.test');
  srv('_matrix._tcp.delegate.test', [servers.ports.https, 'matrix.test']);
  await using egress = open({ allowPrivateAddresses: false, addressPolicy: () => ({ kind: 'allowed' }) });
  const report = await egress.trace('eight.test');
  expect(report.trace.map(({ rule, outcome }) => [rule, outcome])).toEqual([
    ['3', 'delegated to delegate.test'],
    ['3.3', 'no record'],
    ['3.4', `matrix.test, port ${servers.ports.https}`],
  ]);
  expect(report.result).toMatchObject({
    kind: 'found',
    server: { hostHeader: 'delegate.test', certificateName: 'delegate.test' },
  });
  expect(report.places).toEqual([
    {
      host: 'matrix.test',
      port: servers.ports.https,
      isOverride: false,
      addresses: { kind: 'found', records: [{ address: '127.0.0.1', verdict: { kind: 'allowed' } }] },
    },
  ]);
  expect(report.wellKnownAnswer).toMatchObject({ kind: 'response', status: 200 });
});
