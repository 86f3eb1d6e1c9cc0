import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type AddressVerdict =
  | { readonly kind: 'allowed' }
  /** `reason` completes "the address … is …". */
  | { readonly kind: 'refused'; readonly reason: string };

export type AddressPolicy = (address: string) => AddressVerdict;

/**
 * Says which IP addresses may be connected to. Names and addresses come from other servers, so without this
 * anybody could make us send requests to our own network, or to the cloud provider's metadata service.
 *
 * An IPv6 address that carries an IPv4 address (mapped, translated, NAT64) is judged by that address.
 * `allowPrivate` opens loopback and private networks, and nothing else: link-local addresses hold the
 * metadata services.
 */
export const createAddressPolicy = (options: { readonly allowPrivate: boolean }): AddressPolicy => {
  return (text) => {
    // ipaddr.js alone would also read 0x7f.1, which a connection would look up as a name.
    if (!isIP(text)) return refused('not an IP address');
    const address = unwrap(ipaddr.parse(text));
    if (address === undefined) return refused('of a transition mechanism that no server uses');
    const range = address.range();
    if (isPublic(address, range)) return { kind: 'allowed' };
    if (PRIVATE_RANGES.has(range)) return options.allowPrivate ? { kind: 'allowed' } : refused('private');
    return refused(`in the range "${range}", where no server can be`);
  };
};

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const refused = (reason: string): AddressVerdict => ({ kind: 'refused', reason });

/** The ranges that `allowPrivate` opens, by their names in ipaddr.js. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'private',
  'loopback',
  'uniqueLocal',
  'carrierGradeNat',
]);

/** The only part of the IPv6 space that is given out (https://www.iana.org/assignments/ipv6-address-space). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** A public address that answers virtual machines only: Azure's host. */
const AZURE_HOST = '168.63.129.16';

const isPublic = (address: Address, range: string): boolean => {
  if (range !== 'unicast') return false;
  if (address instanceof ipaddr.IPv4) return address.toString() !== AZURE_HOST;
  return address.match(GLOBAL_UNICAST);
};

/**
 * Forms of IPv6 addresses that stand for an IPv4 address, and where it is: mapped (RFC 4291), compatible
 * (deprecated there), translated (RFC 2765), NAT64 (RFC 6052).
 */
const EMBEDDED = ['::ffff:0:0/96', '::/96', '::ffff:0:0:0/96', '64:ff9b::/96'].map((range) =>
  ipaddr.IPv6.parseCIDR(range),
);

/** 6to4 (RFC 3056), Teredo (RFC 4380) and local NAT64 (RFC 8215): tunnels, never where a server is found. */
const TUNNELS = ['2002::/16', '2001::/32', '64:ff9b:1::/48'].map((range) => ipaddr.IPv6.parseCIDR(range));

/** ISATAP (RFC 5214): any prefix, then 0000:5efe or 0200:5efe and an IPv4 address. */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean =>
  parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x200);

/** The address that packets would reach in the end; undefined for a tunnel. */
const unwrap = (address: Address): Address | undefined => {
  if (address instanceof ipaddr.IPv4) return address;
  if (isIsatap(address) || TUNNELS.some((range) => address.match(range))) return undefined;
  const [high = 0, low = 0] = address.parts.slice(6);
  // :: and ::1 are addresses of their own.
  const isOwn = address.parts.every((part, i) => part === 0 || (i === 7 && part === 1));
  if (isOwn || !EMBEDDED.some((range) => address.match(range))) return address;
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
};
