/** Resolution of several states of a room into one, by what differs between them. */
import {
  authTypesFor,
  type EventId,
  type RoomVersionRules,
  resolveConflicts,
  type StateEvent,
  stateKeyOf,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { authDifference, type ConflictedGraph, conflictedSubgraph } from './auth-difference.ts';
import { rulesOf } from './current-state.ts';
import type { StoredEvent } from './event-cache.ts';
import type { StateRoot } from './state-map.ts';

/** Rounds of loading events that the algorithm asks for; each goes at least one auth edge further. */
const MAX_LOADING_ROUNDS = 10_000;

/** The root of the resolved state. @see https://spec.matrix.org/v1.19/rooms/v12/#state-resolution */
export const resolveStates = async (
  engine: Engine,
  tx: StoreTx,
  room: Pick<RoomRow, 'room_nid' | 'room_version' | 'create_event_nid'>,
  states: readonly StateRoot[],
): Promise<StateRoot> => {
  const distinct = [...new Map(states.map((root) => [Buffer.from(root).toString('hex'), root])).values()];
  const [first, ...others] = distinct;
  if (first === undefined) throw new Error('no state to resolve');
  if (others.length === 0) return first;

  // At a key where another state is like the first one, it holds what the first one holds.
  const held = new Map<number, number | undefined>();
  const heldByOthers: ReadonlyMap<number, number | undefined>[] = [];
  for (const other of others) {
    const differing = await engine.states.difference(tx, room.room_nid, first, other);
    for (const { stateKeyNid, a } of differing) held.set(stateKeyNid, a);
    heldByOthers.push(new Map(differing.map(({ stateKeyNid, b }) => [stateKeyNid, b])));
  }
  const conflictedKeys: ReadonlySet<number> = new Set(held.keys());
  const conflictedBySet = [held, ...heldByOthers.map((other) => new Map([...held, ...other]))].map(
    (state) => new Set([...state.values()].filter((eventNid) => eventNid !== undefined)),
  );
  const resolved = await resolve(engine, tx, room, first, conflictedKeys, conflictedBySet);

  const changes = new Map<number, number | undefined>();
  for (const key of conflictedKeys) changes.set(key, undefined);
  for (const [key, eventNid] of resolved) {
    if (conflictedKeys.has(key) || (await engine.states.get(tx, room.room_nid, first, key)) === undefined) {
      changes.set(key, eventNid);
    }
  }
  return engine.states.update(tx, room.room_nid, first, changes);
};

/** A stored event as the algorithm sees it, made once. */
type LoadedEvent = StateEvent & { readonly stored: StoredEvent };

const resolve = async (
  engine: Engine,
  tx: StoreTx,
  room: Pick<RoomRow, 'room_nid' | 'room_version' | 'create_event_nid'>,
  base: StateRoot,
  conflictedKeys: ReadonlySet<number>,
  conflictedBySet: readonly ReadonlySet<number>[],
): Promise<ReadonlyMap<number, number>> => {
  const rules = rulesOf(room);
  const conflicted = new Set(conflictedBySet.flatMap((set) => [...set]));
  const graph: ConflictedGraph = {
    conflictedBySet,
    isUnconflicted: async (eventNid) => {
      const { stateKeyNid } = await engine.events.byNid(tx, eventNid);
      if (stateKeyNid === null || conflictedKeys.has(stateKeyNid)) return false;
      return (await engine.states.get(tx, room.room_nid, base, stateKeyNid)) === eventNid;
    },
  };
  const difference = await authDifference(engine, tx, graph);
  const subgraph = rules.stateResolution === 'v2.1' ? await conflictedSubgraph(engine, tx, conflicted) : [];

  const loaded = new Map<EventId, LoadedEvent>();
  const load = async (eventNid: number): Promise<LoadedEvent> => {
    const stored = await engine.events.byNid(tx, eventNid);
    const known = loaded.get(stored.eventId);
    if (known !== undefined) return known;
    const event = asStateEvent(stored);
    loaded.set(event.eventId, event);
    return event;
  };
  const conflictedById = new Map<string, EventId[]>();
  for (const eventNid of conflicted) {
    const { pdu, eventId } = await load(eventNid);
    const key = stateKeyOf(pdu.type, pdu.state_key ?? '');
    const atKey = conflictedById.get(key);
    if (atKey === undefined) conflictedById.set(key, [eventId]);
    else atKey.push(eventId);
  }
  const differenceIds: EventId[] = [];
  for (const nid of difference) differenceIds.push((await load(nid)).eventId);
  const subgraphIds: EventId[] = [];
  for (const nid of subgraph) subgraphIds.push((await load(nid)).eventId);
  const fullConflictedSet = [...loaded.values()];
  const parents = new Set(fullConflictedSet.flatMap(({ stored }) => stored.authNids));
  for (const parent of parents) await load(parent);

  const unconflicted = new Map<string, EventId | undefined>();
  for (const key of conflictedById.keys()) unconflicted.set(key, undefined);
  const findUnconflicted = async (key: string): Promise<void> => {
    if (unconflicted.has(key)) return;
    unconflicted.set(key, await unconflictedAt(engine, tx, room.room_nid, base, conflictedKeys, key, load));
  };
  // What the algorithm will ask for in any case; for what is forgotten here it runs once more.
  for (const key of keysToAskFor(rules, fullConflictedSet)) await findUnconflicted(key);
  await loadMainlines([...loaded.values()], load);
  const createEvent = await load(room.create_event_nid);
  for (let round = 0; round < MAX_LOADING_ROUNDS; round++) {
    const unknownKeys = new Set<string>();
    const outcome = resolveConflicts({
      rules,
      conflicted: conflictedById,
      unconflicted: (key) => {
        if (!unconflicted.has(key)) unknownKeys.add(key);
        return unconflicted.get(key);
      },
      authDifference: differenceIds,
      conflictedSubgraph: subgraphIds,
      event: (id) => loaded.get(id),
      createEvent,
    });
    for (const key of unknownKeys) await findUnconflicted(key);
    if (outcome.kind === 'missing') {
      for (const id of outcome.eventIds) {
        const event = await engine.events.byId(tx, id);
        if (event === undefined) throw new Error(`auth event ${id} is not stored`);
        await load(event.eventNid);
      }
    } else if (unknownKeys.size === 0) {
      const state = new Map<number, number>();
      for (const id of outcome.state.values()) {
        const stored = loaded.get(id)?.stored;
        if (stored && stored.stateKeyNid !== null) state.set(stored.stateKeyNid, stored.eventNid);
      }
      return state;
    }
  }
  throw new Error('state resolution asks for events without end');
};

/** Keys of the unconflicted state that the algorithm reads: what authorises the events, and what they replace. */
const keysToAskFor = (rules: RoomVersionRules, events: readonly LoadedEvent[]): ReadonlySet<string> => {
  const keys = new Set([stateKeyOf('m.room.power_levels', '')]);
  for (const { pdu } of events) {
    keys.add(stateKeyOf(pdu.type, pdu.state_key ?? ''));
    if (rules.stateResolution === 'v2.1') continue;
    for (const [type, stateKey] of authTypesFor(rules, pdu)) keys.add(stateKeyOf(type, stateKey));
  }
  return keys;
};

/** Loads the power levels that these events rest on, back to the first. */
const loadMainlines = async (
  events: readonly LoadedEvent[],
  load: (eventNid: number) => Promise<LoadedEvent>,
): Promise<void> => {
  const seen = new Set<number>();
  const waiting = events.filter(({ pdu }) => pdu.type === 'm.room.power_levels');
  for (let event = waiting.pop(); event !== undefined; event = waiting.pop()) {
    if (seen.has(event.stored.eventNid)) continue;
    seen.add(event.stored.eventNid);
    for (const parent of event.stored.authNids) {
      const cited = await load(parent);
      if (cited.pdu.type === 'm.room.power_levels') waiting.push(cited);
    }
  }
};

const unconflictedAt = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
  base: StateRoot,
  conflictedKeys: ReadonlySet<number>,
  key: string,
  load: (eventNid: number) => Promise<LoadedEvent>,
): Promise<EventId | undefined> => {
  const separator = key.indexOf('\0');
  const keyNid = await engine.names.stateKeyNid(reader, key.slice(0, separator), key.slice(separator + 1));
  if (keyNid === undefined || conflictedKeys.has(keyNid)) return undefined;
  const eventNid = await engine.states.get(reader, roomNid, base, keyNid);
  return eventNid === undefined ? undefined : (await load(eventNid)).eventId;
};

const asStateEvent = (stored: StoredEvent): LoadedEvent => ({
  eventId: stored.eventId,
  pdu: stored.pdu,
  rejected: stored.verdict === 'rejected',
  stored,
});
