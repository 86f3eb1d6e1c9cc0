/**
 * Resolves whole room states, computing the conflict, the auth difference and the conflicted state subgraph by
 * walking all auth chains: for tests, and for rooms without an index. The definitions are in
 * `resolve-conflicts.ts`.
 */
import { authEventIds } from '../events/event-references.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { type ConflictedState, type Resolution, resolveConflicts } from './resolve-conflicts.ts';
import { type StateEvent, type StateMap, stateKeyOf } from './state-map.ts';

export type StateSets = {
  readonly rules: RoomVersionRules;
  readonly stateSets: readonly StateMap[];
  readonly event: (id: EventId) => StateEvent | undefined;
  /** Where the room ID is the create event's hash and no state holds it, it must be given. */
  readonly createEvent?: StateEvent;
};

/** The resolved state, whole: unconflicted events included. `resolve` resolves what is in conflict. */
export function resolveStateSets(
  input: StateSets,
  resolve: (conflict: ConflictedState) => Resolution = resolveConflicts,
): Resolution {
  const { rules, stateSets } = input;
  const { unconflicted, conflicted } = partition(stateSets);
  if (conflicted.size === 0) return { kind: 'resolved', state: unconflicted };
  const graph = new AuthGraph(input.event);
  const conflictedIds = new Set([...conflicted.values()].flat());
  const chains = stateSets.map((state) => graph.chainOf(state.values()));
  const conflictedChain = graph.chainOf(conflictedIds);
  const createEvent = input.createEvent ?? findCreateEvent(input);
  if (graph.missing.size > 0) return { kind: 'missing', eventIds: [...graph.missing] };
  if (createEvent === undefined) throw new TypeError('the states hold no create event');
  const inEveryState = new Set(unconflicted.values());
  const resolution = resolve({
    rules,
    conflicted,
    unconflicted: (key) => unconflicted.get(key),
    authDifference: differenceOf(chains).filter((id) => !inEveryState.has(id)),
    conflictedSubgraph: graph.between(conflictedIds, conflictedChain),
    event: input.event,
    createEvent,
  });
  if (resolution.kind === 'missing') return resolution;
  return { kind: 'resolved', state: new Map([...unconflicted, ...resolution.state]) };
}

type Partition = {
  readonly unconflicted: StateMap;
  readonly conflicted: ReadonlyMap<string, readonly EventId[]>;
};

/**
 * "If a given key K is present in every Si with the same value V in each state map, then the pair (K, V) belongs to
 * the unconflicted state map. Otherwise, V belongs to the conflicted state set."
 */
function partition(stateSets: readonly StateMap[]): Partition {
  const unconflicted = new Map<string, EventId>();
  const conflicted = new Map<string, readonly EventId[]>();
  for (const key of new Set(stateSets.flatMap((state) => [...state.keys()]))) {
    const ids = stateSets.map((state) => state.get(key));
    const [first] = ids;
    if (first !== undefined && ids.every((id) => id === first)) unconflicted.set(key, first);
    else conflicted.set(key, [...new Set(ids.filter((id) => id !== undefined))]);
  }
  return { unconflicted, conflicted };
}

function differenceOf(chains: readonly ReadonlySet<EventId>[]): readonly EventId[] {
  const counts = new Map<EventId, number>();
  for (const chain of chains) for (const id of chain) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].filter(([, count]) => count < chains.length).map(([id]) => id);
}

function findCreateEvent({ stateSets, event }: StateSets): StateEvent | undefined {
  const key = stateKeyOf('m.room.create', '');
  const id = stateSets.map((state) => state.get(key)).find((found) => found !== undefined);
  return id === undefined ? undefined : event(id);
}

class AuthGraph {
  readonly missing = new Set<EventId>();
  readonly #event: (id: EventId) => StateEvent | undefined;

  constructor(event: (id: EventId) => StateEvent | undefined) {
    this.#event = event;
  }

  /** The union of the auth chains of these events. */
  chainOf(ids: Iterable<EventId>): ReadonlySet<EventId> {
    const chain = new Set<EventId>();
    const pending: EventId[] = [...ids];
    const walked = new Set<EventId>();
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (walked.has(id)) continue;
      walked.add(id);
      for (const authId of this.#authEventsOf(id)) {
        chain.add(authId);
        pending.push(authId);
      }
    }
    return chain;
  }

  /** The events on paths between members of a set, whose auth chain is given. */
  between(ends: ReadonlySet<EventId>, chain: ReadonlySet<EventId>): readonly EventId[] {
    const citedBy = new Map<EventId, EventId[]>();
    for (const id of new Set([...ends, ...chain])) {
      for (const authId of this.#authEventsOf(id)) {
        const citing = citedBy.get(authId);
        if (citing === undefined) citedBy.set(authId, [id]);
        else citing.push(id);
      }
    }
    // Against the edges from every end: all that can reach one. All of it can be reached from one, too.
    const reaching = new Set<EventId>();
    const pending: EventId[] = [...ends];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (reaching.has(id)) continue;
      reaching.add(id);
      pending.push(...(citedBy.get(id) ?? []));
    }
    return [...reaching];
  }

  #authEventsOf(id: EventId): readonly EventId[] {
    const event = this.#event(id);
    if (event === undefined) this.missing.add(id);
    return event === undefined ? [] : authEventIds(event.pdu);
  }
}
