/** Set-ups whose server is not found: names, delegation, SRV records. */
import { type CatalogueCase, DAY_MS, html, json, wellKnown, srv } from './doctor-set-ups.ts';

export const discoveryCases: readonly CatalogueCase[] = [
  {
    name: 'no such name',
    prepare: async () => ({ server: 'nobody.test' }),
    finds: {
      step: 'dns',
      status: 'failed',
      code: 'no-such-name',
      advice: /A or AAAA record for nobody\.test/,
    },
  },
  {
    name: 'the name server fails',
    prepare: async (world) => {
      world.dns.zone.set('lame.test', { code: 2 });
      for (const service of ['_matrix-fed', '_matrix']) {
        world.dns.zone.set(`${service}._tcp.lame.test`, { srv: [] });
      }
      return { server: 'lame.test' };
    },
    finds: { step: 'dns', status: 'failed', code: 'dns-failed', advice: /name servers of this domain/ },
  },
  {
    name: 'the delegation is a web page, and port 8448 is closed',
    prepare: (world) => wellKnown(world, 'html.test', html),
    finds: { step: 'well-known', status: 'warning', code: 'well-known-html', advice: /"m\.server"/ },
    also: { connection: { status: 'failed', code: 'port-closed' } },
  },
  {
    name: 'the delegation names no server',
    prepare: (world) => wellKnown(world, 'unnamed.test', json({ server: 'unnamed.test:443' })),
    finds: { step: 'well-known', status: 'warning', code: 'well-known-invalid', advice: /"m\.server"/ },
    also: { connection: { status: 'failed', code: 'port-closed' } },
  },
  {
    name: 'the delegation redirects in a loop',
    prepare: (world) =>
      wellKnown(world, 'loop.test', (_, response) => {
        const location = `https://loop.test:${world.ports.https}/.well-known/matrix/server`;
        response.writeHead(302, { location }).end();
      }),
    finds: { step: 'well-known', status: 'warning', code: 'well-known-redirect-loop', advice: /redirect/ },
    also: { connection: { status: 'failed', code: 'port-closed' } },
  },
  {
    name: 'the delegation is huge',
    prepare: (world) =>
      wellKnown(world, 'huge.test', (_, response) => response.writeHead(200).end(Buffer.alloc(1 << 20, 'x'))),
    finds: { step: 'well-known', status: 'warning', code: 'well-known-too-large', advice: /40 bytes/ },
    also: { connection: { status: 'failed', code: 'port-closed' } },
  },
  {
    name: 'the web server of the delegation answers 502',
    prepare: (world) => wellKnown(world, 'web502.test', (_, response) => response.writeHead(502).end()),
    finds: { step: 'well-known', status: 'warning', code: 'well-known-error', advice: /status 200/ },
    also: { connection: { status: 'failed', code: 'port-closed' } },
  },
  {
    name: 'the web server of the delegation has an expired certificate',
    prepare: async (world) => {
      const server = 'webexpired.test';
      const validity = {
        notBefore: new Date(Date.now() - 90 * DAY_MS),
        notAfter: new Date(Date.now() - DAY_MS),
      };
      const certificate = await world.certificate(server, validity);
      const address = world.address(server);
      await world.site(address, certificate, json({ 'm.server': `${server}:443` }), world.ports.https);
      return { server };
    },
    finds: {
      step: 'well-known',
      status: 'warning',
      code: 'well-known-tls',
      advice: /valid certificate for webexpired\.test/,
    },
    also: { connection: { status: 'failed', code: 'port-closed' } },
  },
  {
    name: 'the web server of the delegation never answers',
    prepare: async (world) => {
      await world.silentSite(world.address('websilent.test'), world.ports.https);
      return { server: 'websilent.test' };
    },
    finds: {
      step: 'well-known',
      status: 'warning',
      code: 'well-known-timeout',
      advice: /waits for it first/,
    },
    also: { connection: { status: 'failed', code: 'port-closed' } },
  },
  {
    name: 'the name server fails for SRV records only',
    prepare: async (world) => {
      await world.healthy('srvlame.test');
      for (const service of ['_matrix-fed', '_matrix']) {
        world.dns.zone.set(`${service}._tcp.srvlame.test`, { code: 2 });
      }
      return { server: 'srvlame.test' };
    },
    finds: { step: 'srv', status: 'warning', code: 'srv-unanswered', advice: /no such record/ },
    also: { 'signed-request': { status: 'ok', code: 'signed-request' } },
  },
  {
    name: 'the delegation names a wrong port',
    prepare: async (world) => {
      await world.healthy('wrongport.test');
      await world.web('wrongport.test', json({ 'm.server': 'wrongport.test:9' }));
      return { server: 'wrongport.test' };
    },
    finds: { step: 'connection', status: 'failed', code: 'port-closed', advice: /port 9\..*well-known/ },
    also: { 'well-known': { status: 'ok', code: 'well-known' } },
  },
  {
    name: 'the SRV record names a host that does not exist',
    prepare: async (world) => {
      world.address('srvlost.test');
      srv(world, 'srvlost.test', 'matrix.srvlost.test', world.ports.federation);
      return { server: 'srvlost.test' };
    },
    finds: { step: 'dns', status: 'failed', code: 'srv-no-such-host', advice: /SRV record name a host/ },
  },
  {
    name: 'the SRV record names a host with a certificate for itself',
    prepare: async (world) => {
      world.address('srvcert.test');
      await world.healthy('host.srvcert.test');
      srv(world, 'srvcert.test', 'host.srvcert.test', world.ports.federation);
      return { server: 'srvcert.test' };
    },
    finds: {
      step: 'tls',
      status: 'failed',
      code: 'certificate-wrong-name',
      advice: /certificate for srvcert\.test.*SRV record/,
    },
  },
  {
    name: 'the SRV record says that there is no service',
    prepare: async (world) => {
      world.address('srvnone.test');
      srv(world, 'srvnone.test', '.', 0);
      return { server: 'srvnone.test' };
    },
    finds: { step: 'srv', status: 'failed', code: 'srv-not-offered', advice: /delete it/ },
  },
  {
    name: 'a private address',
    prepare: async (world) => {
      world.dns.zone.set('private.test', { a: ['10.1.2.3'] });
      return { server: 'private.test', egress: world.egress({ allowPrivateAddresses: false }) };
    },
    finds: {
      step: 'dns',
      status: 'failed',
      code: 'private-address',
      advice: /CAUSEWAY_FEDERATION_OVERRIDES.*CAUSEWAY_ALLOW_PRIVATE_ADDRESSES/,
    },
  },
];
