/** Set-ups that cannot be connected to: ports, certificates, what stands in between. */
import {
  createCertificateAuthority,
  createIntermediateAuthority,
  issueCertificate,
  issueSelfSigned,
} from '../../packages/server/src/demo/certificates.ts';
import { type CatalogueCase, MINUTE_MS, DAY_MS, withCertificate } from './doctor-set-ups.ts';

export const connectionCases: readonly CatalogueCase[] = [
  {
    name: 'the port is closed',
    prepare: async (world) => {
      world.address('closed.test');
      return { server: 'closed.test' };
    },
    finds: { step: 'connection', status: 'failed', code: 'port-closed', advice: /firewall/ },
  },
  {
    name: 'the port takes connections and never answers',
    prepare: async (world) => {
      await world.silentSite(world.address('silent.test'));
      return { server: 'silent.test' };
    },
    finds: { step: 'tls', status: 'failed', code: 'tls-no-answer', advice: /hangs|firewall/ },
  },
  {
    name: 'plain HTTP on the TLS port',
    prepare: async (world) => {
      const { handle } = await world.homeserver('plain.test');
      await world.plainSite(world.address('plain.test'), handle);
      return { server: 'plain.test' };
    },
    finds: { step: 'tls', status: 'failed', code: 'not-tls', advice: /HTTPS port/ },
  },
  {
    name: 'a TLS that is too old',
    prepare: async (world) => {
      const { handle } = await world.homeserver('oldtls.test');
      const certificate = await world.certificate('oldtls.test');
      await world.oldTlsSite(world.address('oldtls.test'), certificate, handle);
      return { server: 'oldtls.test' };
    },
    finds: { step: 'tls', status: 'failed', code: 'tls-too-old', advice: /TLS 1\.2 and 1\.3/ },
  },
  {
    name: 'only IPv6 is broken',
    prepare: async (world) => {
      await world.healthy('six.test');
      const entry = world.dns.zone.get('six.test');
      const a = typeof entry === 'object' ? (entry.a ?? []) : [];
      world.dns.zone.set('six.test', { a, aaaa: ['0:0:0:0:0:0:0:1'] });
      return { server: 'six.test' };
    },
    finds: { step: 'connection', status: 'warning', code: 'ipv6-broken', advice: /AAAA/ },
    also: { 'signed-request': { status: 'ok', code: 'signed-request' } },
  },
  {
    name: 'a certificate for another name',
    prepare: async (world) =>
      withCertificate(world, 'misnamed.test', await world.certificate('www.misnamed.test')),
    finds: {
      step: 'tls',
      status: 'failed',
      code: 'certificate-wrong-name',
      advice: /certificate for misnamed\.test/,
    },
  },
  {
    name: 'an expired certificate',
    prepare: async (world) => {
      const validity = {
        notBefore: new Date(Date.now() - 90 * DAY_MS),
        notAfter: new Date(Date.now() - DAY_MS),
      };
      return withCertificate(world, 'expired.test', await world.certificate('expired.test', validity));
    },
    finds: { step: 'tls', status: 'failed', code: 'certificate-expired', advice: /Renew/ },
  },
  {
    name: 'a certificate that is not valid yet',
    prepare: async (world) => {
      const validity = { notBefore: new Date(Date.now() + DAY_MS) };
      return withCertificate(world, 'early.test', await world.certificate('early.test', validity));
    },
    finds: { step: 'tls', status: 'failed', code: 'certificate-not-yet-valid', advice: /clocks/ },
  },
  {
    name: 'a certificate that expires soon',
    prepare: async (world) => {
      const validity = { notAfter: new Date(Date.now() + 5 * DAY_MS + MINUTE_MS) };
      return withCertificate(world, 'soon.test', await world.certificate('soon.test', validity));
    },
    finds: { step: 'tls', status: 'warning', code: 'certificate-expires-soon', advice: /Renew it now/ },
    also: { 'signed-request': { status: 'ok', code: 'signed-request' } },
  },
  {
    name: 'a self-signed certificate',
    prepare: async (world) =>
      withCertificate(world, 'selfsigned.test', await issueSelfSigned('selfsigned.test')),
    finds: { step: 'tls', status: 'failed', code: 'certificate-self-signed', advice: /public authority/ },
  },
  {
    name: 'a certificate of an authority that nobody knows',
    prepare: async (world) => {
      const other = await createCertificateAuthority('somebody');
      const { certPem, keyPem } = await issueCertificate(other, ['stranger.test']);
      const chain = { certPem: `${certPem}\n${other.certPem}`, keyPem };
      return withCertificate(world, 'stranger.test', chain);
    },
    finds: { step: 'tls', status: 'failed', code: 'authority-not-trusted', advice: /CAUSEWAY_CA_CERT/ },
  },
  {
    name: 'the intermediate certificate is missing',
    prepare: async (world) => {
      const intermediate = await createIntermediateAuthority(world.ca, 'doctor intermediate');
      return withCertificate(world, 'leaf.test', await issueCertificate(intermediate, ['leaf.test']));
    },
    finds: { step: 'tls', status: 'failed', code: 'intermediate-missing', advice: /fullchain/ },
  },
];
