import type { TransportResult } from '@causeway/homeserver';
import { type Discovery, type DiscoveryDependencies, discoverServer } from './discover-server.ts';
import { createWellKnownLookup } from './well-known.ts';

/** Finds servers and remembers where they are. */
export interface DiscoveryCache {
  get(serverName: string): Promise<Discovery>;
  /** Makes all steps anew and remembers nothing. */
  fresh(serverName: string): Promise<Discovery>;
  /** Looks up SRV records anew next time. A delegation is remembered as long as it was given for. */
  forget(serverName: string): void;
}

/** Server names come from outside; the oldest are forgotten. */
const MAX_ENTRIES = 10_000;

export const createDiscoveryCache = (
  options: Omit<DiscoveryDependencies, 'wellKnown'> & {
    readonly fetchWellKnown: (hostname: string) => Promise<TransportResult>;
  },
): DiscoveryCache => {
  const { now, fetchWellKnown } = options;
  const createLookup = () => createWellKnownLookup({ fetch: fetchWellKnown, now });
  const wellKnown = createLookup();
  const found = new Map<string, Discovery>();

  return {
    async get(serverName) {
      const known = found.get(serverName);
      if (known !== undefined && now() < known.expires) return known;
      const discovery = await discoverServer(serverName, {
        ...options,
        wellKnown: (hostname) => wellKnown.get(hostname),
      });
      found.delete(serverName);
      if (discovery.expires > now()) found.set(serverName, discovery);
      const oldest = found.keys().next();
      if (found.size > MAX_ENTRIES && !oldest.done) found.delete(oldest.value);
      return discovery;
    },
    fresh: (serverName) => {
      const lookup = createLookup();
      return discoverServer(serverName, { ...options, wellKnown: (hostname) => lookup.get(hostname) });
    },
    forget: (serverName) => {
      found.delete(serverName);
    },
  };
};
