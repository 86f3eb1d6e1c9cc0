/** HTTPS servers on loopback that stand for many hosts at once. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
  issueCertificate,
} from '@causeway/server/demo-certificates';

export { createCertificateAuthority, issueCertificate };

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export type SeenRequest = {
  readonly host: string | undefined;
  readonly sni: string | undefined;
  readonly url: string;
  readonly port: number;
  readonly clientPort: number | undefined;
};

export type TestServers = AsyncDisposable & {
  readonly ca: CertificateAuthority;
  /** The port that stands for 443, and the one that stands for 8448. */
  readonly ports: { readonly https: number; readonly federation: number };
  /** Answers by host and path of the request; everything else is answered with 404. */
  readonly answers: Map<string, Answer>;
  /** Certificates by SNI; a name without one gets one from the authority. */
  readonly certificates: Map<string, IssuedCertificate>;
  readonly requests: SeenRequest[];
  /** How many connections were accepted. */
  readonly connections: () => number;
};

export const json =
  (value: unknown, headers: { readonly [name: string]: string } = {}): Answer =>
  (_, response) =>
    response.writeHead(200, headers).end(JSON.stringify(value));

export const redirect =
  (location: string): Answer =>
  (_, response) =>
    response.writeHead(302, { location }).end();

export const startTestServers = async (): Promise<TestServers> => {
  const ca = await createCertificateAuthority('test CA');
  const literals = await issueCertificate(ca, ['127.0.0.1', '::1', '127.0.0.9']);
  const answers = new Map<string, Answer>();
  const certificates = new Map<string, IssuedCertificate>();
  const requests: SeenRequest[] = [];
  let accepted = 0;

  const contextFor = async (name: string) => {
    const certificate = certificates.get(name) ?? (await issueCertificate(ca, [name]));
    certificates.set(name, certificate);
    return tls.createSecureContext({ cert: certificate.certPem, key: certificate.keyPem });
  };
  const start = async () => {
    const server = https.createServer({
      cert: literals.certPem,
      key: literals.keyPem,
      SNICallback: (name, callback) => {
        contextFor(name).then(
          (context) => callback(null, context),
          (error: Error) => callback(error),
        );
      },
    });
    server.on('connection', () => accepted++);
    server.on('tlsClientError', () => {});
    server.on('request', (request, response) => {
      const { host } = request.headers;
      const url = request.url ?? '';
      const socket = request.socket as TLSSocket & { readonly servername?: string | false };
      requests.push({
        host,
        sni: socket.servername || undefined,
        url,
        port: socket.localPort ?? 0,
        clientPort: socket.remotePort,
      });
      const answer = answers.get(`${host}${url}`);
      if (answer === undefined) response.writeHead(404).end('{}');
      else answer(request, response);
    });
    server.listen(0, '::');
    await once(server, 'listening');
    return server;
  };
  const [web, federation] = await Promise.all([start(), start()]);
  const portOf = (server: https.Server) => (server.address() as AddressInfo).port;
  return {
    ca,
    ports: { https: portOf(web), federation: portOf(federation) },
    answers,
    certificates,
    requests,
    connections: () => accepted,
    [Symbol.asyncDispose]: async () => {
      for (const server of [web, federation]) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
};
