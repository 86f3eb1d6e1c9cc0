/** Resolution of several states of a room into one, by what differs between them. */
import {
  authTypesFor,
  type EventId,
  type RoomVersionRules,
  resolveConflictsInSteps,
  stateKeyOf,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoreTx } from '../store/store.ts';
import { authDifference, type ConflictedGraph, conflictedSubgraph } from './auth-difference.ts';
import { rulesOf } from './current-state.ts';
import { type ConflictEvent, ConflictEvents } from './conflict-events.ts';
import { type ResolutionWork, stepThrough, unboundedWork } from './resolution-work.ts';
import type { ResolvableRoom } from './resolutions.ts';
import type { StateRoot } from './state-map.ts';

/** Rounds of loading events that the algorithm asks for; each goes at least one auth edge further. */
const MAX_LOADING_ROUNDS = 10_000;

/** The root of the resolved state, at whatever cost. @see https://spec.matrix.org/v1.19/rooms/v12/#state-resolution */
export const resolveStates = async (
  engine: Engine,
  tx: StoreTx,
  room: ResolvableRoom,
  states: readonly StateRoot[],
): Promise<StateRoot> => {
  const distinct = distinctStates(states);
  const [first] = distinct;
  if (first === undefined) throw new Error('no state to resolve');
  if (distinct.length === 1) return first;
  const changes = await changesByResolution(engine, unboundedWork(tx), room, distinct);
  return engine.states.update(tx, room.room_nid, first, changes);
};

export const distinctStates = (states: readonly StateRoot[]): readonly StateRoot[] => [
  ...new Map(states.map((root) => [Buffer.from(root).toString('hex'), root])).values(),
];

/** What the resolved state has other than the first of these different states: the event at a key, or none. */
export const changesByResolution = async (
  engine: Engine,
  work: ResolutionWork,
  room: ResolvableRoom,
  [first, ...others]: readonly StateRoot[],
): Promise<ReadonlyMap<number, number | undefined>> => {
  if (first === undefined) throw new Error('no state to resolve');
  // At a key where another state is like the first one, it holds what the first one holds.
  const held = new Map<number, number | undefined>();
  const heldByOthers: ReadonlyMap<number, number | undefined>[] = [];
  for (const other of others) {
    const differing = await engine.states.differenceByWork(work, room.room_nid, first, other);
    for (const { stateKeyNid, a } of differing) held.set(stateKeyNid, a);
    heldByOthers.push(new Map(differing.map(({ stateKeyNid, b }) => [stateKeyNid, b])));
  }
  const conflictedKeys: ReadonlySet<number> = new Set(held.keys());
  const conflictedBySet: ReadonlySet<number>[] = [];
  for (const other of [held, ...heldByOthers]) {
    const events = new Set<number>();
    for (const [key, eventNid] of held) {
      const pause = work.spend();
      if (pause !== undefined) await pause;
      const own = other.has(key) ? other.get(key) : eventNid;
      if (own !== undefined) events.add(own);
    }
    conflictedBySet.push(events);
  }
  const resolved = await resolve(engine, work, room, first, conflictedKeys, conflictedBySet);

  const changes = new Map<number, number | undefined>();
  for (const key of conflictedKeys) changes.set(key, undefined);
  for (const [key, eventNid] of resolved) {
    const pause = work.spend();
    if (pause !== undefined) await pause;
    const isNew = (await engine.states.get(work.reader, room.room_nid, first, key)) === undefined;
    if (conflictedKeys.has(key) || isNew) changes.set(key, eventNid);
  }
  return changes;
};

const resolve = async (
  engine: Engine,
  work: ResolutionWork,
  room: ResolvableRoom,
  base: StateRoot,
  conflictedKeys: ReadonlySet<number>,
  conflictedBySet: readonly ReadonlySet<number>[],
): Promise<ReadonlyMap<number, number>> => {
  const rules = rulesOf(room);
  const conflicted = new Set(conflictedBySet.flatMap((set) => [...set]));
  const graph: ConflictedGraph = {
    conflictedBySet,
    isUnconflicted: async (eventNid) => {
      const { stateKeyNid } = await engine.events.byNid(work.reader, eventNid);
      if (stateKeyNid === null || conflictedKeys.has(stateKeyNid)) return false;
      return (await engine.states.get(work.reader, room.room_nid, base, stateKeyNid)) === eventNid;
    },
  };
  const difference = await authDifference(engine, work, graph);
  const subgraph = rules.stateResolution === 'v2.1' ? await conflictedSubgraph(engine, work, conflicted) : [];

  const loaded = new ConflictEvents(engine);
  const load = async (eventNid: number): Promise<ConflictEvent> => {
    const pause = work.spend();
    if (pause !== undefined) await pause;
    return loaded.load(work.reader, eventNid);
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
  const fullConflictedSet = loaded.all();
  const parents = new Set(fullConflictedSet.flatMap(({ authNids }) => authNids));
  for (const parent of parents) await load(parent);

  const unconflicted = new Map<string, EventId | undefined>();
  for (const key of conflictedById.keys()) unconflicted.set(key, undefined);
  const findUnconflicted = async (key: string): Promise<void> => {
    if (unconflicted.has(key)) return;
    unconflicted.set(key, await unconflictedAt(engine, work, room.room_nid, base, conflictedKeys, key, load));
  };
  // What the algorithm will ask for in any case; for what is forgotten here it runs once more.
  for (const key of await keysToAskFor(engine, work, rules, fullConflictedSet)) await findUnconflicted(key);
  await loadMainlines(loaded.all(), load);
  await load(room.create_event_nid);
  // Whole, however large it is.
  const { eventId, pdu, verdict } = await engine.events.byNid(work.reader, room.create_event_nid);
  const createEvent = { eventId, pdu, rejected: verdict === 'rejected' };
  for (let round = 0; round < MAX_LOADING_ROUNDS; round++) {
    const unknownKeys = new Set<string>();
    const steps = resolveConflictsInSteps({
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
    const outcome = await stepThrough(work, steps, (id) => loaded.bring(work.reader, id));
    for (const key of unknownKeys) await findUnconflicted(key);
    if (outcome.kind === 'missing') {
      for (const id of outcome.eventIds) {
        const event = await engine.events.byId(work.reader, id);
        if (event === undefined) throw new Error(`auth event ${id} is not stored`);
        await load(event.eventNid);
      }
    } else if (unknownKeys.size === 0) {
      const state = new Map<number, number>();
      for (const id of outcome.state.values()) {
        const event = loaded.get(id);
        if (event && event.stateKeyNid !== null) state.set(event.stateKeyNid, event.eventNid);
      }
      return state;
    }
  }
  throw new Error('state resolution asks for events without end');
};

/** Keys of the unconflicted state that the algorithm reads: what authorises the events, and what they replace. */
const keysToAskFor = async (
  engine: Engine,
  work: ResolutionWork,
  rules: RoomVersionRules,
  events: readonly ConflictEvent[],
): Promise<ReadonlySet<string>> => {
  const keys = new Set([stateKeyOf('m.room.power_levels', '')]);
  for (const { eventNid, pdu: light } of events) {
    const pause = work.spend();
    if (pause !== undefined) await pause;
    // Only of members the content matters.
    const isMember = light.type === 'm.room.member';
    const pdu = isMember ? (await engine.events.byNid(work.reader, eventNid)).pdu : light;
    keys.add(stateKeyOf(pdu.type, pdu.state_key ?? ''));
    if (rules.stateResolution === 'v2.1') continue;
    for (const [type, stateKey] of authTypesFor(rules, pdu)) keys.add(stateKeyOf(type, stateKey));
  }
  return keys;
};

/** Loads the power levels that these events rest on, back to the first. */
const loadMainlines = async (
  events: readonly ConflictEvent[],
  load: (eventNid: number) => Promise<ConflictEvent>,
): Promise<void> => {
  const seen = new Set<number>();
  const waiting = events.filter(({ pdu }) => pdu.type === 'm.room.power_levels');
  for (let event = waiting.pop(); event !== undefined; event = waiting.pop()) {
    if (seen.has(event.eventNid)) continue;
    seen.add(event.eventNid);
    for (const parent of event.authNids) {
      const cited = await load(parent);
      if (cited.pdu.type === 'm.room.power_levels') waiting.push(cited);
    }
  }
};

const unconflictedAt = async (
  engine: Engine,
  work: ResolutionWork,
  roomNid: number,
  base: StateRoot,
  conflictedKeys: ReadonlySet<number>,
  key: string,
  load: (eventNid: number) => Promise<ConflictEvent>,
): Promise<EventId | undefined> => {
  const separator = key.indexOf('\0');
  const pause = work.spend();
  if (pause !== undefined) await pause;
  const keyNid = await engine.names.stateKeyNid(
    work.reader,
    key.slice(0, separator),
    key.slice(separator + 1),
  );
  if (keyNid === undefined || conflictedKeys.has(keyNid)) return undefined;
  const eventNid = await engine.states.get(work.reader, roomNid, base, keyNid);
  return eventNid === undefined ? undefined : (await load(eventNid)).eventId;
};
