import net from 'node:net';
import tls from 'node:tls';
import { EgressError } from './egress-error.ts';

export type TlsTarget = {
  /** An IP address that was checked. */
  readonly address: string;
  readonly port: number;
  /** What the certificate has to be valid for: a host name or an IP address. */
  readonly certificateName: string;
  readonly secureContext: tls.SecureContext;
  readonly session?: Buffer | undefined;
};

/** Before the next address is tried beside one that does not answer (https://www.rfc-editor.org/rfc/rfc8305). */
const NEXT_ADDRESS_AFTER_MS = 250;

/**
 * System CAs and one more, TLS 1.2 or newer. Made once and when first needed: reading all certificates takes
 * some 20 ms.
 */
export const createSecureContext = (extraCa: string | undefined): (() => tls.SecureContext) => {
  let context: tls.SecureContext | undefined;
  return () => {
    context ??= tls.createSecureContext({
      minVersion: 'TLSv1.2',
      ...(extraCa === undefined ? {} : { ca: [...tls.getCACertificates('default'), extraCa] }),
    });
    return context;
  };
};

/** Connects to the first of several addresses that completes a TLS handshake. */
export const connectToFirst = (targets: readonly TlsTarget[], timeoutMs: number): Promise<tls.TLSSocket> =>
  new Promise((resolve, reject) => {
    const controller = new AbortController();
    const failures: unknown[] = [];
    let started = 0;
    let next: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(next);
      clearTimeout(deadline);
      controller.abort();
    };
    const deadline = setTimeout(() => {
      end();
      reject(failures[0] ?? new EgressError('timeout', `no connection within ${timeoutMs} ms`));
    }, timeoutMs);
    const start = () => {
      clearTimeout(next);
      const target = targets[started++];
      if (target === undefined) return;
      next = setTimeout(start, NEXT_ADDRESS_AFTER_MS);
      connectTls(target, controller.signal).then(
        (socket) => {
          if (controller.signal.aborted) return socket.destroy();
          end();
          resolve(socket);
        },
        (error: unknown) => {
          failures.push(error);
          if (failures.length < targets.length) return start();
          end();
          reject(failures.find(isTlsFailure) ?? failures[0]);
        },
      );
    };
    start();
  });

/** A server that answers with a wrong certificate says more than one that does not answer. */
const isTlsFailure = (error: unknown): boolean => error instanceof EgressError && error.code === 'tls';

/** `signal` ends an attempt that is under way; it does not touch a connection that is complete. */
export const connectTls = async (target: TlsTarget, signal: AbortSignal): Promise<tls.TLSSocket> => {
  const { address, port, certificateName, secureContext, session } = target;
  const plain = net.connect({ host: address, port, noDelay: true, keepAlive: true });
  await untilEvent(plain, 'connect', signal, (error) => {
    const what = CONNECT_REASONS[codeOf(error)] ?? error.message;
    return new EgressError('unreachable', `${at(target)} ${what}`, { cause: error });
  });
  const socket = tls.connect({
    socket: plain,
    secureContext,
    session,
    // RFC 6066: no server name for an address.
    ...(net.isIP(certificateName) ? {} : { servername: certificateName }),
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) => tls.checkServerIdentity(certificateName, certificate),
    ALPNProtocols: ['http/1.1'],
  });
  await untilEvent(socket, 'secureConnect', signal, (error) => {
    const certificate = CERTIFICATE_REASONS[codeOf(error)];
    const what = CUT.includes(codeOf(error))
      ? 'broke off the TLS handshake'
      : certificate === undefined
        ? `does not complete a TLS handshake: ${TLS_REASONS[codeOf(error)] ?? error.message}`
        : `has no valid certificate for ${certificateName}: ${certificate}`;
    return new EgressError('tls', `${at(target)} ${what}`, { cause: error });
  });
  return socket;
};

/** Waits for the event that says that a socket is ready; destroys it when that fails or is given up. */
const untilEvent = (
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  describe: (error: Error) => EgressError,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      socket.off('error', fail);
      socket.off(event, succeed);
      signal.removeEventListener('abort', giveUp);
    };
    const succeed = () => {
      stop();
      resolve();
    };
    const fail = (error: Error) => {
      stop();
      // What fails once may fail again while it is taken down.
      socket.on('error', () => {});
      socket.destroy();
      reject(describe(error));
    };
    const giveUp = () => fail(Object.assign(new Error('given up'), { code: 'ABORT_ERR' }));
    socket.on('error', fail);
    socket.on(event, succeed);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
  });

const CUT: readonly string[] = ['ECONNRESET', 'EPIPE', 'ABORT_ERR'];

const at = ({ address, port }: TlsTarget): string =>
  `${net.isIPv6(address) ? `[${address}]` : address}:${port}`;

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');

const CONNECT_REASONS: { readonly [code: string]: string } = {
  ECONNREFUSED: 'refuses connections',
  ETIMEDOUT: 'does not answer',
  EHOSTUNREACH: 'can not be reached',
  ENETUNREACH: 'can not be reached from this network',
  ECONNRESET: 'closed the connection',
  ABORT_ERR: 'did not answer in time',
};

const CERTIFICATE_REASONS: { readonly [code: string]: string } = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'it is signed by an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it is signed by an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its chain is incomplete, or its authority is not trusted here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for other names',
};

const TLS_REASONS: { readonly [code: string]: string } = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it does not speak TLS 1.2 or newer',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it does not speak TLS 1.2 or newer',
};
