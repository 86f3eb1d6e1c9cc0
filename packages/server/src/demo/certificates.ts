/** Certificates for servers that only trust each other: the demo's, and those of tests. */
import 'reflect-metadata';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Of Node or of a browser, whichever the compiler knows. */
type Key = (typeof CryptoKey)['prototype'];

export type CertificateAuthority = {
  /** For those who are to trust it. */
  readonly certPem: string;
  readonly certificate: X509Certificate;
  readonly keys: { readonly publicKey: Key; readonly privateKey: Key };
};

export type IssuedCertificate = { readonly certPem: string; readonly keyPem: string };

export type Validity = { readonly notBefore?: Date; readonly notAfter?: Date };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Clocks of two machines differ. */
const validFrom = ({ notBefore }: Validity): Date => notBefore ?? new Date(Date.now() - DAY_MS);
const validUntil = ({ notAfter }: Validity): Date => notAfter ?? new Date(Date.now() + 365 * DAY_MS);

/** Makes an authority whose key never leaves the process. */
export const createCertificateAuthority = async (
  name = 'Causeway demo CA',
): Promise<CertificateAuthority> => {
  const keys = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: validFrom({}),
    notAfter: validUntil({}),
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: certificate.toString('pem'), certificate, keys };
};

/** Makes an authority that another one vouches for, as public authorities issue from. */
export const createIntermediateAuthority = async (
  root: CertificateAuthority,
  name: string,
): Promise<CertificateAuthority> => {
  const keys = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: root.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: root.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: validFrom({}),
    notAfter: validUntil({}),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(root.keys.publicKey),
    ],
  });
  return { certPem: certificate.toString('pem'), certificate, keys };
};

/** Issues a certificate for host names and IP addresses, with a new key. */
export const issueCertificate = async (
  ca: CertificateAuthority,
  names: readonly string[],
  validity: Validity = {},
): Promise<IssuedCertificate> => {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${names[0] ?? ''}`,
    issuer: ca.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: ca.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: validFrom(validity),
    notAfter: validUntil(validity),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await AuthorityKeyIdentifierExtension.create(ca.keys.publicKey),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certPem: certificate.toString('pem'), keyPem: PemConverter.encode(key, 'PRIVATE KEY') };
};

/** A certificate that nobody but its owner vouches for, as programs make when they are installed. */
export const issueSelfSigned = async (name: string): Promise<IssuedCertificate> => {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: validFrom({}),
    notAfter: validUntil({}),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certPem: certificate.toString('pem'), keyPem: PemConverter.encode(key, 'PRIVATE KEY') };
};
