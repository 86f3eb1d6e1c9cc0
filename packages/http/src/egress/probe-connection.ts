import net from 'node:net';
import tls, { type PeerCertificate, type SecureContext } from 'node:tls';
import type { AddressPolicy } from './address-policy.ts';
import { connectTls, type TlsTarget } from './connect-tls.ts';
import { EgressError } from './egress-error.ts';

export type ProbeTarget = Pick<TlsTarget, 'address' | 'port' | 'certificateName'> & {
  /** The operator named it, so it may be on the operator's own network. */
  readonly isOverride: boolean;
};

export type ConnectionProbe =
  | {
      readonly kind: 'connected';
      /** For example `TLSv1.3`. */
      readonly protocol: string;
      /** Until the end of the handshake. */
      readonly milliseconds: number;
      readonly certificate: CertificateFacts | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly stage: 'policy' | 'connect' | 'tls';
      /** As Node names it, e.g. `ECONNREFUSED` or `CERT_HAS_EXPIRED`; `ABORT_ERR` when the time was over. */
      readonly code: string;
      readonly reason: string;
      /** What it showed, when it is the certificate that was refused. */
      readonly certificate: CertificateFacts | undefined;
    };

export type CertificateFacts = {
  readonly subject: string;
  readonly issuer: string;
  /** As in the certificate, e.g. `DNS:example.org, IP Address:192.0.2.1`. */
  readonly names: string;
  /** Milliseconds since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
};

export type ProbeDependencies = {
  readonly policy: AddressPolicy;
  readonly secureContext: () => SecureContext;
  readonly timeoutMs: number;
};

/**
 * Connects as a request would and sends nothing. When it is the certificate that is refused, the handshake is
 * made once more, without that check, to see what the certificate says.
 */
export const probeConnection = async (
  target: ProbeTarget,
  { policy, secureContext, timeoutMs }: ProbeDependencies,
): Promise<ConnectionProbe> => {
  const verdict = policy(target.address);
  if (!target.isOverride && verdict.kind === 'refused') {
    const reason = `the address ${target.address} is ${verdict.reason}`;
    return { kind: 'failed', stage: 'policy', code: '', reason, certificate: undefined };
  }
  const begin = performance.now();
  try {
    const { address, port, certificateName } = target;
    const tlsTarget = { address, port, certificateName, secureContext: secureContext() };
    const socket = await connectTls(tlsTarget, AbortSignal.timeout(timeoutMs));
    socket.on('error', () => {});
    const milliseconds = performance.now() - begin;
    const protocol = socket.getProtocol() ?? 'unknown';
    const certificate = factsOf(socket.getPeerCertificate());
    socket.destroy();
    return { kind: 'connected', protocol, milliseconds, certificate };
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    const code = codeOf(error.cause);
    const stage = error.code === 'tls' ? 'tls' : 'connect';
    const certificate = isCertificateFault(code) ? await readCertificate(target, timeoutMs) : undefined;
    return { kind: 'failed', stage, code, reason: error.message, certificate };
  }
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

const isCertificateFault = (code: string): boolean => /CERT|VERIFY|ISSUER/.test(code);

/** What a certificate says, believed or not; undefined when it can't be had. */
const readCertificate = (
  { address, port, certificateName }: ProbeTarget,
  timeoutMs: number,
): Promise<CertificateFacts | undefined> =>
  new Promise((resolve) => {
    const socket = tls.connect({
      host: address,
      port,
      ...(net.isIP(certificateName) ? {} : { servername: certificateName }),
      // Only looked at: nothing is sent over this connection.
      rejectUnauthorized: false,
    });
    const end = (facts: CertificateFacts | undefined) => {
      clearTimeout(late);
      socket.destroy();
      resolve(facts);
    };
    const late = setTimeout(() => end(undefined), timeoutMs);
    socket.on('error', () => end(undefined));
    socket.once('secureConnect', () => end(factsOf(socket.getPeerCertificate())));
  });

/** A name in a certificate comes from outside. */
const MAX_NAME = 300;

const factsOf = (certificate: PeerCertificate): CertificateFacts | undefined => {
  if (certificate.valid_to === undefined) return undefined;
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    names: (certificate.subjectaltname ?? '').slice(0, MAX_NAME),
    validFrom: Date.parse(certificate.valid_from),
    validTo: Date.parse(certificate.valid_to),
  };
};

const nameOf = (subject: PeerCertificate['subject'] | undefined): string => {
  const name = subject?.CN ?? subject?.O ?? '';
  return String(name).slice(0, MAX_NAME);
};
