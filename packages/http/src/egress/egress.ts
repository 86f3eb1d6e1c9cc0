import net from 'node:net';
import {
  type FederationTransport,
  TransportBodyError,
  type TransportFailure,
  type TransportRequest,
  type TransportResult,
  type TransportStreamResult,
} from '@causeway/homeserver';
import { type AddressPolicy, type AddressVerdict, createAddressPolicy } from './address-policy.ts';
import { readBody, streamBody } from './bounded-body.ts';
import { createSecureContext } from './connect-tls.ts';
import { ConnectionPools } from './connection-pools.ts';
import type { Discovery, Endpoint } from './discover-server.ts';
import { createDiscoveryCache, type FreshDiscovery } from './discovery-cache.ts';
import { EgressError } from './egress-error.ts';
import { type ConnectionProbe, type ProbeTarget, probeConnection } from './probe-connection.ts';
import { createResolver, type DnsAnswer, type Resolver } from './resolver.ts';
import { type IncomingResponse, type OutgoingRequest, sendRequest } from './send-request.ts';
import { TimeLimit } from './time-limit.ts';
import { WELL_KNOWN_MAX_BYTES } from './well-known.ts';

export type EgressOptions = {
  /** Name servers, `address` or `address:port`, to ask instead of the system's. */
  readonly dnsServers?: readonly string[];
  /** Server name to `host:port`; exempt from the rule on private addresses. */
  readonly overrides?: ReadonlyMap<string, string>;
  readonly allowPrivateAddresses?: boolean;
  /** One more trusted certificate authority, PEM. */
  readonly extraCa?: string;
  readonly clock?: { now(): number };
  readonly fetchTimeouts?: {
    /** For a connection to one endpoint, TLS included. */
    readonly connectMs?: number;
    readonly wellKnownMs?: number;
    readonly dnsMs?: number;
  };
  readonly userAgent?: string;
  /** For tests: the ports that the specification fixes at 443 and 8448. */
  readonly ports?: { readonly https: number; readonly federation: number };
  /** For tests: instead of `allowPrivateAddresses`. */
  readonly addressPolicy?: AddressPolicy;
  /** For tests: draws among SRV records. */
  readonly random?: () => number;
};

/** A request to an https URL that somebody gave us, e.g. where media is stored. */
export type UrlRequest = {
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
};

export type DiscoveryReport = Omit<FreshDiscovery, 'expires'> & {
  /** Where to connect, in the order to try. */
  readonly places: readonly Place[];
};

/** One endpoint, with every address that was found for it and the policy's verdict on each. */
export type Place = Endpoint & {
  readonly addresses:
    | {
        readonly kind: 'found';
        readonly records: readonly { readonly address: string; readonly verdict: AddressVerdict }[];
      }
    | Exclude<DnsAnswer<string>, { readonly kind: 'found' }>;
};

/** The only way out to other servers: every address is checked, every answer is bounded. */
export interface Egress extends FederationTransport {
  /** GETs an https URL, following redirects, each of them under the same rules. */
  fetch(request: UrlRequest): Promise<TransportResult>;
  /** The same with the body as it arrives; see `FederationTransport.stream` for its limits. */
  fetchStream(request: UrlRequest): Promise<TransportStreamResult>;
  /** Makes the steps of server discovery anew, without what is remembered, for people to read. */
  trace(serverName: string): Promise<DiscoveryReport>;
  /** Connects to one address as a request would, completes the TLS handshake and sends nothing. */
  probe(target: ProbeTarget): Promise<ConnectionProbe>;
}

const DEFAULT_CONNECT_MS = 10_000;
const DEFAULT_WELL_KNOWN_MS = 10_000;
const DEFAULT_MAX_REDIRECTS = 5;

export const createEgress = (options: EgressOptions = {}): Egress => {
  const { connectMs, wellKnownMs, dnsMs } = options.fetchTimeouts ?? {};
  const policy =
    options.addressPolicy ?? createAddressPolicy({ allowPrivate: options.allowPrivateAddresses ?? false });
  const resolver = createResolver({ servers: options.dnsServers ?? [], timeoutMs: dnsMs });
  const secureContext = createSecureContext(options.extraCa);
  const pools = new ConnectionPools({
    resolver,
    policy,
    secureContext,
    connectTimeoutMs: connectMs ?? DEFAULT_CONNECT_MS,
  });
  const ports = options.ports ?? { https: 443, federation: 8448 };
  const userAgent = options.userAgent ?? 'Causeway';
  const closing = new AbortController();

  /** Runs the steps of a request under its time limit; what is thrown becomes a failure. */
  const attempt = async <R>(
    label: string,
    request: Limits,
    steps: (limit: TimeLimit) => Promise<R>,
  ): Promise<R | TransportFailure> => {
    const outside = request.signal === undefined ? [closing.signal] : [closing.signal, request.signal];
    const limit = new TimeLimit(label, request.timeoutMs, outside);
    try {
      return await steps(limit);
    } catch (error) {
      limit.end();
      return toFailure(label, limit.signal.aborted ? limit.signal.reason : error);
    }
  };

  const askServer = async (request: TransportRequest, limit: TimeLimit): Promise<IncomingResponse> => {
    const { destination } = request;
    const { result } = await limit.during('looking up where it is', () => discoveries.get(destination));
    if (result.kind === 'failed') throw new EgressError(result.code, result.reason);
    limit.step = 'waiting for its answer';
    try {
      return await sendRequest(
        pools,
        {
          destination: result.server,
          hostHeader: result.server.hostHeader,
          method: request.method,
          path: request.path,
          headers: { ...request.headers, 'user-agent': userAgent },
          body: request.body,
          maxBytes: request.maxBytes,
        },
        limit.signal,
      );
    } catch (error) {
      // It may have moved.
      if (!limit.signal.aborted) discoveries.forget(destination);
      throw error;
    }
  };

  const askUrl = async (request: UrlRequest, limit: TimeLimit): Promise<IncomingResponse> => {
    const { maxRedirects = DEFAULT_MAX_REDIRECTS } = request;
    const seen = new Set<string>();
    let url = parseUrl(request.url, undefined);
    const { origin } = url;
    for (;;) {
      limit.step = `waiting for the answer of ${url.host}`;
      const own = url.origin === origin ? request.headers : {};
      const outgoing = toUrl(url, { ...own, 'user-agent': userAgent }, request.maxBytes);
      const response = await sendRequest(pools, outgoing, limit.signal);
      const location = response.headers.location;
      if (!REDIRECTS.has(response.status) || location === undefined) return response;
      response.body.destroy();
      seen.add(url.href);
      url = parseUrl(location, url);
      if (seen.has(url.href)) throw new EgressError('unreachable', `${url.host} redirects in a loop`);
      if (seen.size > maxRedirects) {
        throw new EgressError('unreachable', `${url.host} redirects more than ${maxRedirects} times`);
      }
    }
  };

  const readAll = async (label: string, maxBytes: number, response: IncomingResponse, limit: TimeLimit) => {
    limit.step = 'reading its answer';
    const body = await readBody(response.body, { label, maxBytes });
    limit.end();
    return { kind: 'response' as const, status: response.status, headers: response.headers, body };
  };

  /** From here on the body's own limits hold. */
  const handOver = (
    label: string,
    { maxBytes, timeoutMs }: Limits,
    response: IncomingResponse,
    limit: TimeLimit,
  ) => {
    limit.stopClock();
    limit.step = 'reading its answer';
    const unread = setTimeout(() => {
      response.body.destroy();
      limit.end();
    }, timeoutMs).unref();
    const body = (async function* () {
      clearTimeout(unread);
      try {
        yield* streamBody(response.body, { label, maxBytes, windowMs: timeoutMs });
      } catch (error) {
        throw toBodyError(label, limit.signal.aborted ? limit.signal.reason : error);
      } finally {
        limit.end();
      }
    })();
    return { kind: 'response' as const, status: response.status, headers: response.headers, body };
  };

  const fetch = (request: UrlRequest): Promise<TransportResult> => {
    const label = hostOf(request.url);
    return attempt(label, request, async (limit) =>
      readAll(label, request.maxBytes, await askUrl(request, limit), limit),
    );
  };

  const fetchStream = (request: UrlRequest): Promise<TransportStreamResult> => {
    const label = hostOf(request.url);
    return attempt(label, request, async (limit) =>
      handOver(label, request, await askUrl(request, limit), limit),
    );
  };

  const discoveries = createDiscoveryCache({
    overrides: options.overrides ?? new Map(),
    fetchWellKnown: (hostname) => {
      const port = ports.https === 443 ? '' : `:${ports.https}`;
      return fetch({
        url: `https://${hostname}${port}/.well-known/matrix/server`,
        timeoutMs: wellKnownMs ?? DEFAULT_WELL_KNOWN_MS,
        maxBytes: WELL_KNOWN_MAX_BYTES,
      });
    },
    srv: (name) => resolver.srv(name),
    defaultPort: ports.federation,
    random: options.random ?? Math.random,
    now: () => options.clock?.now() ?? Date.now(),
  });

  return {
    request: ({ destination: label, ...rest }) =>
      attempt(label, rest, async (limit) =>
        readAll(label, rest.maxBytes, await askServer({ destination: label, ...rest }, limit), limit),
      ),
    stream: ({ destination: label, ...rest }) =>
      attempt(label, rest, async (limit) =>
        handOver(label, rest, await askServer({ destination: label, ...rest }, limit), limit),
      ),
    fetch,
    streamUrl: (request) => fetchStream(request),
    fetchStream,
    trace: async (serverName) => {
      const { result, trace, wellKnownAnswer } = await discoveries.fresh(serverName);
      return { result, trace, wellKnownAnswer, places: await lookUpPlaces(result, resolver, policy) };
    },
    probe: (target) =>
      probeConnection(target, { policy, secureContext, timeoutMs: connectMs ?? DEFAULT_CONNECT_MS }),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      resolver.cancel();
      await pools.destroy();
    },
  };
};

type Limits = { readonly timeoutMs: number; readonly maxBytes: number; readonly signal?: AbortSignal };

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const hostOf = (url: string): string => URL.parse(url)?.host ?? 'an unreadable address';

const parseUrl = (text: string, base: URL | undefined): URL => {
  const url = URL.parse(text, base?.href);
  if (url === null) throw new EgressError('refused-by-policy', 'the address can not be read');
  if (url.protocol !== 'https:') {
    throw new EgressError('refused-by-policy', `${url.host} is to be reached without TLS (${url.protocol})`);
  }
  return url;
};

const toUrl = (url: URL, headers: { readonly [name: string]: string }, maxBytes: number): OutgoingRequest => {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const endpoint = { host, port: url.port === '' ? 443 : Number(url.port), isOverride: false };
  return {
    destination: { label: url.host, endpoints: [endpoint], certificateName: host },
    hostHeader: url.host,
    method: 'GET',
    path: `${url.pathname}${url.search}`,
    headers,
    maxBytes,
  };
};

const lookUpPlaces = async (
  result: Discovery['result'],
  resolver: Resolver,
  policy: AddressPolicy,
): Promise<DiscoveryReport['places']> => {
  if (result.kind === 'failed') return [];
  const looked = result.server.endpoints.map(async (endpoint): Promise<Place> => {
    const { host, isOverride } = endpoint;
    const answer: DnsAnswer<string> = net.isIP(host)
      ? { kind: 'found', records: [host] }
      : await resolver.addresses(host);
    if (answer.kind !== 'found') return { ...endpoint, addresses: answer };
    const records = answer.records.map((address) => ({
      address,
      verdict: isOverride ? { kind: 'allowed' as const } : policy(address),
    }));
    return { ...endpoint, addresses: { kind: 'found', records } };
  });
  return Promise.all(looked);
};

const toFailure = (label: string, error: unknown): TransportFailure => {
  const { code, message } = toBodyError(label, error);
  return { kind: 'failed', code, reason: message };
};

const toBodyError = (label: string, error: unknown): TransportBodyError => {
  if (error instanceof TransportBodyError) return error;
  if (error instanceof EgressError)
    return new TransportBodyError(error.code, error.message, { cause: error });
  const what = error instanceof Error ? error.message : String(error);
  return new TransportBodyError('unreachable', `the connection to ${label} broke: ${what}`, { cause: error });
};
