/** Set-ups in which there is nothing to find. */
import {
  createIntermediateAuthority,
  issueCertificate,
} from '../../packages/server/src/demo/certificates.ts';
import { OUTGOING } from './doctor-world.ts';
import { type CatalogueCase, json, withCertificate, srv } from './doctor-set-ups.ts';

export const soundCases: readonly CatalogueCase[] = [
  {
    name: 'a healthy server is green from top to bottom',
    prepare: async (world) => {
      world.dns.zone.set('healthy.test', { a: [OUTGOING] });
      await world.healthy('healthy.test');
      return { server: 'healthy.test' };
    },
    finds: undefined,
    also: {
      'signed-request': { status: 'ok', code: 'signed-request' },
      inbound: { status: 'ok', code: 'keys-fetched' },
    },
  },
  {
    name: 'a healthy server behind a delegation and an SRV record',
    prepare: async (world) => {
      world.address('delegating.test');
      const { handle } = await world.homeserver('delegating.test');
      await world.web('delegating.test', json({ 'm.server': 'matrix.delegating.test' }));
      srv(world, 'matrix.delegating.test', 'box.delegating.test', world.ports.federation);
      const certificate = await world.certificate('matrix.delegating.test');
      await world.site(world.address('box.delegating.test'), certificate, handle);
      return { server: 'delegating.test' };
    },
    finds: undefined,
    also: {
      'well-known': { status: 'ok', code: 'well-known' },
      srv: { status: 'ok', code: 'srv' },
      'signed-request': { status: 'ok', code: 'signed-request' },
      // Its requests come from another address than it is found at: that is no proof.
      inbound: { status: 'not-shown', code: 'keys-fetched-by-somebody' },
    },
  },
  {
    name: 'a healthy server that sends its whole chain',
    prepare: async (world) => {
      const intermediate = await createIntermediateAuthority(world.ca, 'doctor intermediate');
      const { certPem, keyPem } = await issueCertificate(intermediate, ['chain.test']);
      const chain = { certPem: `${certPem}\n${intermediate.certPem}`, keyPem };
      return withCertificate(world, 'chain.test', chain);
    },
    finds: undefined,
    also: { tls: { status: 'ok', code: 'tls' } },
  },
  {
    name: 'our own server, which can not show the way in by itself',
    prepare: async () => ({ server: 'own.test' }),
    finds: undefined,
    also: {
      'signed-request': { status: 'ok', code: 'signed-request' },
      inbound: { status: 'not-shown', code: 'own-inbound' },
    },
  },
];
