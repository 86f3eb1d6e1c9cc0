/**
 * Who is there. Kept in memory only: after a restart everybody says so again.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#presence
 */
import type { UserId } from '@causeway/protocol';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports.ts';
import type { ChangeCounter } from './change-counter.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#presence */
export type PresenceState = 'online' | 'unavailable' | 'offline';

/** What is known of somebody's presence. */
export type Presence = {
  readonly state: PresenceState;
  /** When they last did something, in milliseconds; undefined: not known. */
  readonly lastActiveTs: number | undefined;
  readonly statusMsg: string | undefined;
};

/** Presence of people of all servers, in memory only; its change numbers are part of sync tokens. */
export type PresenceBoard = {
  /** Returns whether state or message changed; only then is there something to tell. */
  set(userId: UserId, presence: Presence): boolean;
  /** Offline for somebody never heard of, or of another server that has been silent for too long. */
  get(userId: UserId): Presence;
  /** Whose presence changed after a change number, oldest change first. */
  changedAfter(position: number): readonly UserId[];
  /** What local clients say; for `local-presence` alone. */
  readonly clients: Map<UserId, LocalClients>;
};

/** The clients of one local user. */
export type LocalClients = {
  readonly states: Map<string, ClientState>;
  lastActiveTs: number;
  /** When other servers last heard of this user. */
  toldTs: number;
};

/** What one client says of its person, how many of its syncs wait, and the timer that ends it. */
export type ClientState = { state: PresenceState; syncs: number; end: Disposable | undefined };

/** People of all servers whose presence is remembered. */
const MAX_USERS = 50_000;
/** Changes that a sync finds without looking at everybody. */
const MAX_CHANGES = 20_000;
/** Other servers repeat somebody's presence at least every 25 minutes. */
const LIFETIME_MS = 30 * 60_000;

type Entry = Presence & { readonly changedAt: number; readonly heardTs: number };

const absent: Presence = { state: 'offline', lastActiveTs: undefined, statusMsg: undefined };

/** Makes an empty board. `counter` numbers its changes, together with those of other boards that share it. */
export const createPresenceBoard = (clock: Clock, counter: ChangeCounter): PresenceBoard => {
  const people = new LRUCache<UserId, Entry>({ max: MAX_USERS });
  const changes: { readonly position: number; readonly userId: UserId }[] = [];
  let firstKnown: number = counter.position;

  const remember = (userId: UserId): number => {
    const position = counter.next();
    changes.push({ position, userId });
    if (changes.length > 2 * MAX_CHANGES) {
      firstKnown = changes.splice(0, MAX_CHANGES).at(-1)?.position ?? firstKnown;
    }
    return position;
  };

  return {
    clients: new Map(),
    set(userId, presence) {
      const known = people.get(userId);
      const before = known ?? absent;
      const isNew = before.state !== presence.state || before.statusMsg !== presence.statusMsg;
      const changedAt = isNew ? remember(userId) : (known?.changedAt ?? 0);
      people.set(userId, { ...presence, changedAt, heardTs: clock.now() });
      return isNew;
    },
    get(userId) {
      const entry = people.get(userId);
      if (entry === undefined) return absent;
      const isSilent = entry.state !== 'offline' && clock.now() - entry.heardTs > LIFETIME_MS;
      return isSilent ? { ...entry, state: 'offline' } : entry;
    },
    changedAfter(position) {
      if (position < firstKnown) {
        return [...people.entries()].filter(([, entry]) => entry.changedAt > position).map(([id]) => id);
      }
      let from = changes.length;
      while (from > 0 && (changes[from - 1]?.position ?? 0) > position) from--;
      return [...new Set(changes.slice(from).map((change) => change.userId))];
    },
  };
};
