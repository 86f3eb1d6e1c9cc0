import type { SrvRecord } from 'node:dns';
import type { TransportFailureCode } from '@causeway/homeserver';
import {
  parseServerName,
  parseServerNameParts,
  type ServerName,
  type ServerNameParts,
} from '@causeway/protocol';
import { orderSrv } from './order-srv.ts';
import type { DnsAnswer } from './resolver.ts';
import type { WellKnown } from './well-known.ts';

/** Where a homeserver is and how it has to prove itself. */
export type DiscoveredServer = {
  /** The server name, before any delegation. */
  readonly label: string;
  /** Where to connect, in the order to try. */
  readonly endpoints: readonly Endpoint[];
  readonly hostHeader: string;
  /** What the certificate has to be valid for: a host name or an IP address. */
  readonly certificateName: string;
};

export type Endpoint = {
  /** A host name or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The operator named it, so it may be on the operator's own network. */
  readonly isOverride: boolean;
};

/** One step that was made, for people to read. */
export type DiscoveryStep = {
  /** The number in the specification, e.g. `3.2`; `override` for ours. */
  readonly rule: string;
  readonly action: string;
  readonly outcome: string;
};

export type Discovery = {
  readonly result:
    | { readonly kind: 'found'; readonly server: DiscoveredServer }
    | { readonly kind: 'failed'; readonly code: TransportFailureCode; readonly reason: string };
  readonly trace: readonly DiscoveryStep[];
  /** Milliseconds since the epoch until which the result may be kept. */
  readonly expires: number;
};

export type DiscoveryDependencies = {
  /** Server name to `host:port`, looked at before everything else. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly wellKnown: (hostname: string) => Promise<WellKnown>;
  readonly srv: (name: string) => Promise<DnsAnswer<SrvRecord>>;
  /** 8448, except in tests. */
  readonly defaultPort: number;
  readonly random: () => number;
  readonly now: () => number;
};

/** SRV answers carry no lifetime here, so a result is kept as long as is usual for such records. */
const CACHE_MS = 5 * 60 * 1_000;

/** Nobody has more in earnest. */
const MAX_SRV_RECORDS = 8;

/**
 * Server discovery, step by step.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names
 */
export const discoverServer = async (
  name: string,
  dependencies: DiscoveryDependencies,
): Promise<Discovery> => {
  const trace: DiscoveryStep[] = [];
  const serverName = parseServerName(name);
  if (serverName === undefined) {
    return { result: failure('dns', `${JSON.stringify(name)} is not a server name`), trace, expires: 0 };
  }
  const override = dependencies.overrides.get(serverName);
  if (override !== undefined) return followOverride(serverName, override, dependencies, trace);

  const direct = followDirect(serverName, serverName, ['1', '2'], dependencies, trace);
  if (direct !== undefined) return { result: direct, trace, expires: dependencies.now() + CACHE_MS };

  const hostname = parseServerNameParts(serverName).host;
  const { answer, expires } = await dependencies.wellKnown(hostname);
  const action = `ask https://${hostname}/.well-known/matrix/server`;
  if (answer.kind === 'none') {
    trace.push({ rule: '3', action, outcome: answer.reason });
    const result = await followSrv(serverName, serverName, ['4', '5', '6'], dependencies, trace);
    return { result, trace, expires: Math.min(expires, dependencies.now() + CACHE_MS) };
  }
  trace.push({ rule: '3', action, outcome: `delegated to ${answer.to}` });
  const delegated = followDirect(serverName, answer.to, ['3.1', '3.2'], dependencies, trace);
  if (delegated !== undefined) return { result: delegated, trace, expires };
  const result = await followSrv(serverName, answer.to, ['3.3', '3.4', '3.5'], dependencies, trace);
  return { result, trace, expires: Math.min(expires, dependencies.now() + CACHE_MS) };
};

type Result = Discovery['result'];

const failure = (code: TransportFailureCode, reason: string): Result => ({ kind: 'failed', code, reason });

/** The operator says where; who it has to be stays the server name's. */
const followOverride = (
  serverName: ServerName,
  override: string,
  { defaultPort, now }: DiscoveryDependencies,
  trace: DiscoveryStep[],
): Discovery => {
  const target = parseServerName(override);
  const action = `look at the operator's override for ${serverName}`;
  trace.push({ rule: 'override', action, outcome: override });
  if (target === undefined) {
    const reason = `the override ${JSON.stringify(override)} for ${serverName} is not host:port`;
    return { result: failure('refused-by-policy', reason), trace, expires: 0 };
  }
  const { host, port = defaultPort } = parseServerNameParts(target);
  const endpoints = [{ host, port, isOverride: true }];
  const certificateName = parseServerNameParts(serverName).host;
  const server = { label: serverName, endpoints, hostHeader: serverName, certificateName };
  return { result: { kind: 'found', server }, trace, expires: now() + CACHE_MS };
};

/** Steps 1 and 2, and 3.1 and 3.2 for a delegated name: an IP literal, or an explicit port. */
const followDirect = (
  serverName: ServerName,
  name: ServerName,
  rules: readonly [literal: string, port: string],
  { defaultPort }: DiscoveryDependencies,
  trace: DiscoveryStep[],
): Result | undefined => {
  const parts = parseServerNameParts(name);
  if (parts.kind === 'dns' && parts.port === undefined) return undefined;
  const port = parts.port ?? defaultPort;
  if (!(port > 0 && port < 65_536)) return failure('dns', `${name} has a port that can not be`);
  const isLiteral = parts.kind !== 'dns';
  trace.push({
    rule: isLiteral ? rules[0] : rules[1],
    action: `read the name ${name}`,
    outcome: `${isLiteral ? 'an IP address' : 'an explicit port'}: connect to ${parts.host}, port ${port}`,
  });
  const endpoints = [{ host: parts.host, port, isOverride: false }];
  return found(serverName, name, parts, endpoints);
};

/** Steps 4 to 6, and 3.3 to 3.5 for a delegated name: SRV records, or the default port. */
const followSrv = async (
  serverName: ServerName,
  name: ServerName,
  rules: readonly [registered: string, deprecated: string, fallback: string],
  { srv, random, defaultPort }: DiscoveryDependencies,
  trace: DiscoveryStep[],
): Promise<Result> => {
  const parts = parseServerNameParts(name);
  const services = [
    [rules[0], '_matrix-fed._tcp'],
    [rules[1], '_matrix._tcp'],
  ] as const;
  for (const [rule, service] of services) {
    const action = `look up SRV ${service}.${parts.host}`;
    const answer = await srv(`${service}.${parts.host}`);
    if (answer.kind !== 'found') {
      // A name server that can't answer for SRV is common, and the fallback has to prove the same name.
      trace.push({ rule, action, outcome: answer.kind === 'none' ? 'no record' : answer.reason });
      continue;
    }
    const usable = answer.records.filter(
      (record) => record.port > 0 && record.name !== '' && record.name !== '.',
    );
    if (usable.length === 0) {
      // RFC 2782: a record whose target is the root says that the service is not offered.
      trace.push({ rule, action, outcome: 'says that there is no such service' });
      return failure('dns', `${name} says in its SRV record that it has no Matrix server`);
    }
    const endpoints = orderSrv(usable, random)
      .slice(0, MAX_SRV_RECORDS)
      .map((record) => ({ host: record.name, port: record.port, isOverride: false }));
    const outcome = endpoints.map(({ host, port }) => `${host}, port ${port}`).join('; ');
    trace.push({ rule, action, outcome });
    return found(serverName, name, parts, endpoints);
  }
  const endpoint = { host: parts.host, port: defaultPort, isOverride: false };
  const outcome = `connect to ${endpoint.host}, port ${endpoint.port}`;
  trace.push({ rule: rules[2], action: 'use the default port', outcome });
  return found(serverName, name, parts, [endpoint]);
};

/** In every case the Host header is the (delegated) name and the certificate is for its host. */
const found = (
  serverName: ServerName,
  name: ServerName,
  { host }: ServerNameParts,
  endpoints: readonly Endpoint[],
): Result => ({
  kind: 'found',
  server: { label: serverName, endpoints, hostHeader: name, certificateName: host },
});
