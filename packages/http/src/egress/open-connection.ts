import net from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { AddressPolicy } from './address-policy.ts';
import { connectToFirst } from './connect-tls.ts';
import type { Endpoint } from './discover-server.ts';
import { EgressError } from './egress-error.ts';
import type { Resolver } from './resolver.ts';

/** Something to connect to: a discovered server, or the host of a URL. */
export type Destination = {
  /** What people call it, for reasons of failures. */
  readonly label: string;
  readonly endpoints: readonly Endpoint[];
  readonly certificateName: string;
};

export type ConnectionDependencies = {
  readonly resolver: Resolver;
  readonly policy: AddressPolicy;
  readonly secureContext: () => SecureContext;
  /** For each endpoint. */
  readonly connectTimeoutMs: number;
};

/** A name with more addresses than this is not honest. */
const MAX_ADDRESSES = 8;

/**
 * Opens a TLS connection to the first endpoint that has one.
 *
 * Addresses are resolved and checked here and the connection goes to the very address that was checked: a
 * name server that gives another answer the second time (DNS rebinding) is not asked a second time.
 */
export const openConnection = async (
  destination: Destination,
  dependencies: ConnectionDependencies,
  session: Buffer | undefined,
): Promise<TLSSocket> => {
  const failures: EgressError[] = [];
  for (const endpoint of destination.endpoints) {
    try {
      const addresses = await checkedAddresses(endpoint, dependencies);
      const targets = addresses.map((address) => ({
        address,
        port: endpoint.port,
        certificateName: destination.certificateName,
        secureContext: dependencies.secureContext(),
        session,
      }));
      return await connectToFirst(targets, dependencies.connectTimeoutMs);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      failures.push(error);
    }
  }
  const told = failures.toSorted((a, b) => SEVERITY.indexOf(a.code) - SEVERITY.indexOf(b.code))[0];
  throw new EgressError(
    told?.code ?? 'dns',
    `can not connect to ${destination.label}: ${told?.message ?? 'it names no place'}`,
    { cause: told },
  );
};

/** Of several failures the one is told that says most about the server. */
const SEVERITY: readonly string[] = ['tls', 'refused-by-policy', 'timeout', 'unreachable', 'dns'];

/** The addresses of an endpoint that may be connected to, IPv6 and IPv4 in turn. */
const checkedAddresses = async (
  { host, isOverride }: Endpoint,
  { resolver, policy }: ConnectionDependencies,
): Promise<readonly string[]> => {
  const addresses = net.isIP(host) ? [host] : await resolve(host, resolver);
  if (isOverride) return addresses;
  const allowed: string[] = [];
  let reason = '';
  for (const address of addresses) {
    const verdict = policy(address);
    if (verdict.kind === 'allowed') allowed.push(address);
    else reason = `the address ${address}${address === host ? '' : ` of ${host}`} is ${verdict.reason}`;
  }
  if (allowed.length === 0) throw new EgressError('refused-by-policy', reason);
  return inTurn(allowed).slice(0, MAX_ADDRESSES);
};

const resolve = async (host: string, resolver: Resolver): Promise<readonly string[]> => {
  const answer = await resolver.addresses(host);
  if (answer.kind === 'found') return answer.records;
  const why = answer.kind === 'none' ? 'there is no such name' : answer.reason;
  throw new EgressError('dns', `can not find the address of ${host}: ${why}`);
};

/** RFC 8305, section 4: families in turn, so that one that does not work costs one try. */
const inTurn = (addresses: readonly string[]): string[] => {
  const v6 = addresses.filter((address) => net.isIPv6(address));
  const v4 = addresses.filter((address) => !net.isIPv6(address));
  return Array.from({ length: Math.max(v6.length, v4.length) }, (_, i) => [v6[i], v4[i]])
    .flat()
    .filter((address) => address !== undefined);
};
