/** Set-ups that answer, but not as a Matrix server should: keys, clocks, versions, signed requests. */
import { signJson, signingKeyFromSeed } from '@causeway/protocol';
import { type CatalogueCase, MINUTE_MS, DAY_MS, html, newKey, keysOf, withKeys } from './doctor-set-ups.ts';

export const serverCases: readonly CatalogueCase[] = [
  {
    name: 'not a Matrix server',
    prepare: async (world) => {
      await world.site(world.address('site.test'), await world.certificate('site.test'), html);
      return { server: 'site.test' };
    },
    finds: { step: 'keys', status: 'failed', code: 'not-matrix', advice: /below \/_matrix\// },
  },
  {
    name: 'a proxy that answers 502',
    prepare: async (world) => {
      await world.site(world.address('gate.test'), await world.certificate('gate.test'), (_, response) =>
        response.writeHead(502, { server: 'nginx' }).end('<html><h1>502 Bad Gateway</h1></html>'),
      );
      return { server: 'gate.test' };
    },
    finds: { step: 'keys', status: 'failed', code: 'proxy-error', advice: /Start the homeserver/ },
  },
  {
    name: 'a proxy that does not pass the federation paths',
    prepare: async (world) => {
      await world.healthy('partly.test', (handle) => (request, response) => {
        if (request.url?.startsWith('/_matrix/federation/') !== true) return handle(request, response);
        response.writeHead(404, { 'content-type': 'text/html' }).end('<html>404 Not Found</html>');
      });
      return { server: 'partly.test' };
    },
    finds: {
      step: 'version',
      status: 'failed',
      code: 'path-not-served',
      advice: /\/_matrix\/federation included/,
    },
  },
  {
    name: 'keys for another server name',
    prepare: (world) =>
      withKeys(() => {
        const key = newKey();
        return signJson(keysOf('old-name.test', key), 'old-name.test', key);
      })(world, 'renamed.test'),
    finds: {
      step: 'keys',
      status: 'failed',
      code: 'keys-of-another-server',
      advice: /server name of the homeserver to renamed\.test/,
    },
  },
  {
    name: 'keys without a signature of their own',
    prepare: (world) => withKeys((server) => keysOf(server, newKey()))(world, 'unsigned.test'),
    finds: { step: 'keys', status: 'failed', code: 'keys-not-signed', advice: /breaks its signature/ },
  },
  {
    name: 'expired keys',
    prepare: (world) =>
      withKeys((server) => {
        const key = newKey();
        return signJson(keysOf(server, key, Date.now() - DAY_MS), server, key);
      })(world, 'oldkeys.test'),
    finds: { step: 'keys', status: 'failed', code: 'keys-expired', advice: /cache|clock/ },
  },
  {
    name: 'a key whose secret is printed in the specification',
    prepare: (world) =>
      withKeys((server) => {
        const seed = Buffer.from('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1', 'base64');
        const key = signingKeyFromSeed(seed, '1');
        return signJson(keysOf(server, key), server, key);
      })(world, 'vector.test'),
    finds: { step: 'keys', status: 'failed', code: 'keys-weak', advice: /new signing key/ },
  },
  {
    name: 'a key of small order',
    prepare: (world) =>
      withKeys((server) => {
        const zero = { keyId: newKey().keyId, publicKey: 'A'.repeat(43), sign: () => new Uint8Array(64) };
        return signJson(keysOf(server, zero), server, zero);
      })(world, 'zero.test'),
    finds: { step: 'keys', status: 'failed', code: 'keys-weak', advice: /new signing key/ },
  },
  {
    name: 'a clock one hour behind',
    prepare: async (world) => {
      const hour = -60 * MINUTE_MS;
      const { handle } = await world.homeserver('late.test', hour);
      await world.site(
        world.address('late.test'),
        await world.certificate('late.test'),
        (request, response) => {
          response.setHeader('date', new Date(Date.now() + hour).toUTCString());
          handle(request, response);
        },
      );
      return { server: 'late.test' };
    },
    finds: { step: 'clock', status: 'failed', code: 'clock-skew', advice: /NTP/ },
  },
  {
    name: 'a proxy that takes the Authorization header away',
    prepare: async (world) => {
      const { handle } = await world.homeserver('strip.test');
      const proxy = await world.proxyWithout('authorization', handle);
      await world.site(world.address('strip.test'), await world.certificate('strip.test'), proxy);
      return { server: 'strip.test' };
    },
    finds: {
      step: 'signed-request',
      status: 'failed',
      code: 'authorization-stripped',
      advice: /Authorization header on unchanged/,
    },
  },
  {
    name: 'a proxy that rewrites the path',
    prepare: async (world) => {
      await world.healthy('rewrite.test', (handle) => (request, response) => {
        request.url = request.url?.replace('%3A', ':') ?? '';
        handle(request, response);
      });
      return { server: 'rewrite.test' };
    },
    finds: {
      step: 'signed-request',
      status: 'failed',
      code: 'signature-refused',
      advice: /changes the path/,
    },
  },
  {
    name: 'a server that does not find us',
    prepare: async (world) => {
      const blind = await world.homeserver('blind.test', 0, { dnsServers: ['127.0.0.1:9'] });
      await world.site(world.address('blind.test'), await world.certificate('blind.test'), blind.handle);
      return { server: 'blind.test' };
    },
    finds: {
      step: 'signed-request',
      status: 'failed',
      code: 'signature-refused',
      advice: /could not fetch our keys/,
    },
    also: { inbound: { status: 'not-shown', code: 'keys-not-fetched' } },
  },
  {
    name: 'a server that refuses us',
    prepare: async (world) => {
      const reason = 'own.test is not on our list.';
      const strict = await world.homeserver('strict.test', 0, {}, { allowed: false, reason });
      await world.site(world.address('strict.test'), await world.certificate('strict.test'), strict.handle);
      return { server: 'strict.test' };
    },
    finds: {
      step: 'signed-request',
      status: 'failed',
      code: 'refused-by-them',
      advice: /Allow our server name/,
    },
  },
  {
    name: 'another server under our own name',
    prepare: async (world) => {
      const other = await world.homeserver('own.test');
      const address = world.address('other-own.test');
      await world.site(address, await world.certificate('own.test'), other.handle);
      const overrides = new Map([['own.test', `${address}:${world.ports.federation}`]]);
      return { server: 'own.test', egress: world.egress({ overrides }) };
    },
    finds: {
      step: 'keys',
      status: 'failed',
      code: 'another-server-answers',
      advice: /lead to this workspace/,
    },
  },
];
