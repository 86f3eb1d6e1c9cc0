/**
 * A small internet on loopback for the federation check: a name server, an authority, homeservers that run,
 * and whatever a case puts in front of them. Each site has an address of its own; two port numbers stand for
 * 443 and 8448.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  request as requestHttp,
  type RequestListener,
  type Server,
} from 'node:http';
import https from 'node:https';
import net from 'node:net';
import {
  createHomeserver,
  createMemoryStore,
  type Engine,
  engineTables,
  type PolicyAnswer,
  systemClock,
} from '@causeway/homeserver';
import {
  type CheckStep,
  createEgress,
  createFederationChecker,
  createHttpApp,
  createKeyRequests,
  type Egress,
  type EgressOptions,
  federationRoutes,
  type KeyRequests,
} from '@causeway/http';
import { type DnsServer, startDnsServer } from '@causeway/testing/dns-server';
import { createMemoryBlobs } from '@causeway/testing/memory-blobs';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
  issueCertificate,
} from '../../packages/server/src/demo/certificates.ts';
import { findPorts } from '../processes/ports.ts';

export type Homeserver = {
  readonly name: string;
  readonly engine: Engine;
  readonly egress: Egress;
  readonly keyRequests: KeyRequests;
  readonly handle: RequestListener;
};

/** Where the servers of the world go out from; a site here is one whose way back is known as its own. */
export const OUTGOING = '127.0.0.1';

const CONNECT_MS = 800;

export class DoctorWorld implements AsyncDisposable {
  readonly dns: DnsServer;
  readonly ca: CertificateAuthority;
  readonly ports: { readonly https: number; readonly federation: number };
  readonly #stack = new AsyncDisposableStack();
  #nextAddress = 10;
  #own: Homeserver | undefined;

  private constructor(dns: DnsServer, ca: CertificateAuthority, ports: DoctorWorld['ports']) {
    this.dns = this.#stack.use(dns);
    this.ca = ca;
    this.ports = ports;
  }

  static async start(): Promise<DoctorWorld> {
    const [web = 0, federation = 0] = await findPorts(2);
    const ca = await createCertificateAuthority('doctor tests');
    const world = new DoctorWorld(await startDnsServer(), ca, { https: web, federation });
    const address = world.address('own.test');
    world.#own = await world.homeserver('own.test');
    await world.site(address, await world.certificate('own.test'), world.#own.handle);
    return world;
  }

  /** The server that checks the others. */
  get own(): Homeserver {
    if (this.#own === undefined) throw new Error('the world has not begun');
    return this.#own;
  }

  /** Gives a name an address of its own, where nothing listens yet. */
  address(name: string): string {
    const address = `127.0.1.${this.#nextAddress++}`;
    this.dns.zone.set(name, { a: [address] });
    return address;
  }

  certificate(
    name: string,
    validity: { notBefore?: Date; notAfter?: Date } = {},
  ): Promise<IssuedCertificate> {
    return issueCertificate(this.ca, [name], validity);
  }

  egress(options: EgressOptions = {}): Egress {
    return this.#stack.use(
      createEgress({
        dnsServers: [this.dns.address],
        extraCa: this.ca.certPem,
        allowPrivateAddresses: true,
        ports: this.ports,
        fetchTimeouts: { connectMs: CONNECT_MS, wellKnownMs: CONNECT_MS, dnsMs: CONNECT_MS },
        ...options,
      }),
    );
  }

  /** A homeserver that runs but listens nowhere yet. */
  async homeserver(
    name: string,
    clockAheadMs = 0,
    options: EgressOptions = {},
    policy: PolicyAnswer = { allowed: true },
  ): Promise<Homeserver> {
    const egress = this.egress(options);
    const clock = { ...systemClock, now: () => Date.now() + clockAheadMs };
    const { engine } = this.#stack.use(
      await createHomeserver(
        { serverName: name, signingKey: { seed: randomBytes(32), version: randomBytes(4).toString('hex') } },
        {
          store: createMemoryStore(engineTables),
          blobs: createMemoryBlobs(),
          transport: egress,
          clock,
          directory: { exists: async () => false, profile: async () => undefined },
          policy: { ask: async () => policy },
        },
      ),
    );
    const keyRequests = createKeyRequests(clock);
    const routes = keyRequests.watch(federationRoutes(engine));
    const app = this.#stack.use(await createHttpApp({ routes, log: engine.log }));
    return { name, engine, egress, keyRequests, handle: app.handle };
  }

  /** An HTTPS server at an address; `port` is the one that stands for 8448 unless said otherwise. */
  async site(
    address: string,
    certificate: IssuedCertificate,
    handle: RequestListener,
    port = this.ports.federation,
  ): Promise<void> {
    const { certPem: cert, keyPem: key } = certificate;
    await this.#listen(https.createServer({ cert, key }, handle), address, port);
  }

  async oldTlsSite(
    address: string,
    { certPem: cert, keyPem: key }: IssuedCertificate,
    handle: RequestListener,
  ): Promise<void> {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    await this.#listen(https.createServer({ cert, key, ...old }, handle), address, this.ports.federation);
  }

  async plainSite(address: string, handle: RequestListener): Promise<void> {
    await this.#listen(createHttpServer(handle), address, this.ports.federation);
  }

  /** A proxy in front of a homeserver, which leaves a header out. */
  async proxyWithout(header: string, behind: RequestListener): Promise<RequestListener> {
    const address = this.address('behind-a-proxy.test');
    await this.plainSite(address, behind);
    return (request, response) => {
      const { [header]: _left, ...headers } = request.headers;
      const passed = requestHttp(
        {
          host: address,
          port: this.ports.federation,
          path: request.url,
          method: request.method,
          headers,
          agent: false,
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      passed.on('error', () => response.destroy());
      request.pipe(passed);
    };
  }

  /** Takes connections and never says a word. */
  async silentSite(address: string, port = this.ports.federation): Promise<void> {
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
    });
    server.listen(port, address);
    await once(server, 'listening');
    this.#stack.defer(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
  }

  /** What stands at port 443 of a name, and answers the question for a delegation. */
  async web(name: string, handle: RequestListener): Promise<void> {
    const [address = this.address(name)] = this.#addressesOf(name);
    await this.site(address, await this.certificate(name), handle, this.ports.https);
  }

  /** A homeserver with DNS and certificate; `wrap` puts something in front of it. */
  async healthy(name: string, wrap: (handle: RequestListener) => RequestListener = (handle) => handle) {
    const server = await this.homeserver(name);
    const [address = this.address(name)] = this.#addressesOf(name);
    await this.site(address, await this.certificate(name), wrap(server.handle));
    return server;
  }

  /** Checks a server as the own one would. */
  async check(name: string, egress: Egress = this.own.egress): Promise<readonly CheckStep[]> {
    const { engine, keyRequests } = this.own;
    const checker = createFederationChecker({
      egress,
      clock: systemClock,
      ownName: engine.serverName,
      running: { signingKey: engine.signingKey, keyRequests, mayExchange: async () => undefined },
      stepTimeoutMs: 3_000,
    });
    const steps: CheckStep[] = [];
    for await (const step of checker.check(name)) steps.push(step);
    return steps;
  }

  #addressesOf(name: string): readonly string[] {
    const entry = this.dns.zone.get(name);
    return typeof entry === 'object' ? (entry.a ?? []) : [];
  }

  async #listen(server: Server, address: string, port: number): Promise<void> {
    server.on('tlsClientError', () => {});
    server.listen(port, address);
    await once(server, 'listening');
    this.#stack.defer(async () => {
      server.closeAllConnections();
      server.close();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
