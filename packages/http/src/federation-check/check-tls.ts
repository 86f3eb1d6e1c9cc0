/** What a TLS handshake says: the certificate, whom it is for, who signed it and until when. */
import type { CertificateFacts, ConnectionProbe } from '../egress/probe-connection.ts';
import { type Finding, failed, ok, warning } from './check-step.ts';
import type { FindingCode } from './findings.ts';

const DAY_MS = 24 * 3600 * 1000;

/** Certificates of 90 days are renewed 30 days before their end: after this something is wrong with that. */
const EXPIRES_SOON_MS = 14 * DAY_MS;

type Expected = { readonly certificateName: string; readonly now: number };

export const judgeTls = (outcome: ConnectionProbe, { certificateName, now }: Expected): Finding => {
  const { certificate } = outcome;
  const facts = certificate === undefined ? [] : evidenceOf(certificate);
  const parameters = {
    name: certificateName,
    names: namesOf(certificate),
    issuer: certificate?.issuer ?? '?',
    until: certificate === undefined ? '?' : dayOf(certificate.validTo),
  };
  if (outcome.kind === 'failed') {
    const evidence = [outcome.reason, ...facts];
    const code = CODES[outcome.code];
    if (code !== undefined) return failed(code, { parameters, evidence });
    return failed('tls-failed', {
      parameters: { ...parameters, reason: outcome.code || outcome.reason },
      evidence,
      advice: /UNABLE|CERT/.test(outcome.code) ? 'check-the-certificate' : 'see-the-evidence',
    });
  }
  const evidence = [outcome.protocol, ...facts];
  if (certificate !== undefined && certificate.validTo - now < EXPIRES_SOON_MS) {
    return warning('certificate-expires-soon', { parameters, evidence });
  }
  return ok('tls', { parameters: { ...parameters, protocol: outcome.protocol }, evidence });
};

/** What the codes of OpenSSL and of the socket come to. */
const CODES: { readonly [code: string]: FindingCode } = {
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'authority-not-trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'authority-not-trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'authority-not-trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'intermediate-missing',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-wrong-name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'tls-too-old',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls-too-old',
  ABORT_ERR: 'tls-no-answer',
  ETIMEDOUT: 'tls-no-answer',
  ECONNRESET: 'tls-cut',
  EPIPE: 'tls-cut',
};

const evidenceOf = ({ subject, issuer, names, validFrom, validTo }: CertificateFacts): string[] => [
  `certificate of ${subject}, issued by ${issuer}`,
  `for ${names === '' ? 'no names' : names}`,
  `valid from ${dayOf(validFrom)} to ${new Date(validTo).toISOString()}`,
];

const namesOf = (certificate: CertificateFacts | undefined): string =>
  certificate === undefined || certificate.names === ''
    ? '–'
    : certificate.names.replaceAll(/DNS:|IP Address:/g, '');

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
