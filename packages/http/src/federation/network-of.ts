import ipaddr from 'ipaddr.js';

/** Whoever has an IPv6 address has a whole network of this size. */
const IPV6_NETWORK_PARTS = 4;

/** What counts as one address: an IPv4 address, however it is written, or the /64 network of an IPv6 address. */
export const networkOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const parts = parsed.parts.slice(0, IPV6_NETWORK_PARTS).map((part) => part.toString(16));
  return `${parts.join(':')}::/64`;
};
