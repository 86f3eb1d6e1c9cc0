import type { Session } from './session.ts';

/** Enough for every device that is active at once; beyond it the oldest entry goes. */
const MAX_ENTRIES = 10_000;

export type CachedSession = Session & { readonly lastSeenTs: number };

/** Sessions by token hash, so that a request costs no read. Ending any session forgets all of them. */
export interface SessionCache {
  get(tokenHash: Uint8Array): CachedSession | undefined;
  /** Keeps what `load` finds, unless a session ended in the meantime. */
  fill(
    tokenHash: Uint8Array,
    load: () => Promise<CachedSession | undefined>,
  ): Promise<CachedSession | undefined>;
  /** Called after the commit that ended sessions. */
  forgetAll(): void;
}

export const createSessionCache = (): SessionCache => {
  const entries = new Map<string, CachedSession>();
  let generation = 0;
  return {
    get: (tokenHash) => entries.get(keyOf(tokenHash)),
    async fill(tokenHash, load) {
      const before = generation;
      const session = await load();
      if (session !== undefined && generation === before) {
        entries.set(keyOf(tokenHash), session);
        const oldest = entries.keys().next();
        if (entries.size > MAX_ENTRIES && !oldest.done) entries.delete(oldest.value);
      }
      return session;
    },
    forgetAll() {
      generation += 1;
      entries.clear();
    },
  };
};

const keyOf = (tokenHash: Uint8Array) => Buffer.from(tokenHash).toString('base64');
