import type { TransportResult } from '@causeway/homeserver';
import { type Discovery, type DiscoveryDependencies, discoverServer } from './discover-server.ts';
import { createWellKnownLookup } from './well-known.ts';

/** Finds servers and remembers where they are. */
export interface DiscoveryCache {
  get(serverName: string): Promise<Discovery>;
  /** Makes all steps anew and remembers their outcome, so that what was mended is used at once. */
  fresh(serverName: string): Promise<FreshDiscovery>;
  /** Looks up SRV records anew next time. A delegation is remembered as long as it was given for. */
  forget(serverName: string): void;
}

export type FreshDiscovery = Discovery & {
  /** What was answered to the question for a delegation; undefined when nobody was asked. */
  readonly wellKnownAnswer: TransportResult | undefined;
};

/** Server names come from outside; the oldest are forgotten. */
const MAX_ENTRIES = 10_000;

export const createDiscoveryCache = (
  options: Omit<DiscoveryDependencies, 'wellKnown'> & {
    readonly fetchWellKnown: (hostname: string) => Promise<TransportResult>;
  },
): DiscoveryCache => {
  const { now, fetchWellKnown } = options;
  const wellKnown = createWellKnownLookup({ fetch: fetchWellKnown, now });
  const found = new Map<string, Discovery>();
  const remember = (serverName: string, discovery: Discovery) => {
    found.delete(serverName);
    if (discovery.expires > now()) found.set(serverName, discovery);
    const oldest = found.keys().next();
    if (found.size > MAX_ENTRIES && !oldest.done) found.delete(oldest.value);
  };

  return {
    async get(serverName) {
      const known = found.get(serverName);
      if (known !== undefined && now() < known.expires) return known;
      const discovery = await discoverServer(serverName, {
        ...options,
        wellKnown: (hostname) => wellKnown.get(hostname),
      });
      remember(serverName, discovery);
      return discovery;
    },
    async fresh(serverName) {
      let wellKnownAnswer: TransportResult | undefined;
      const lookup = createWellKnownLookup({
        fetch: async (hostname) => {
          wellKnownAnswer = await fetchWellKnown(hostname);
          return wellKnownAnswer;
        },
        now,
      });
      const discovery = await discoverServer(serverName, {
        ...options,
        wellKnown: (hostname) => lookup.get(hostname),
      });
      remember(serverName, discovery);
      return { ...discovery, wellKnownAnswer };
    },
    forget: (serverName) => {
      found.delete(serverName);
    },
  };
};
