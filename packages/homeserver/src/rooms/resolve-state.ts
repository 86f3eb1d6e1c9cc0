/** Resolution of several states of a room into one, by what differs between them. */
import { type EventId, resolveConflicts, type StateEvent, stateKeyOf } from '@causeway/protocol';
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

  const conflictedKeys = new Set<number>();
  for (const other of others) {
    for (const entry of await engine.states.difference(tx, room.room_nid, first, other)) {
      conflictedKeys.add(entry.stateKeyNid);
    }
  }
  const conflictedBySet = await Promise.all(
    distinct.map((root) => eventsAt(engine, tx, room.room_nid, root, conflictedKeys)),
  );
  const resolved = await resolve(engine, tx, room, first, conflictedKeys, conflictedBySet);

  const changes = new Map<number, number | undefined>();
  for (const key of conflictedKeys) changes.set(key, undefined);
  for (const [key, eventNid] of resolved) {
    const held = await engine.states.get(tx, room.room_nid, first, key);
    if (conflictedKeys.has(key) || held === undefined) changes.set(key, eventNid);
  }
  return engine.states.update(tx, room.room_nid, first, changes);
};

const eventsAt = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
  root: StateRoot,
  keys: ReadonlySet<number>,
): Promise<ReadonlySet<number>> => {
  const found = new Set<number>();
  for (const key of keys) {
    const eventNid = await engine.states.get(reader, roomNid, root, key);
    if (eventNid !== undefined) found.add(eventNid);
  }
  return found;
};

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

  const loaded = new Map<EventId, StoredEvent>();
  const load = async (eventNid: number): Promise<StoredEvent> => {
    const event = await engine.events.byNid(tx, eventNid);
    loaded.set(event.eventId, event);
    return event;
  };
  const conflictedById = new Map<string, EventId[]>();
  for (const eventNid of conflicted) {
    const { pdu, eventId } = await load(eventNid);
    const key = stateKeyOf(pdu.type, pdu.state_key ?? '');
    conflictedById.set(key, [...(conflictedById.get(key) ?? []), eventId]);
  }
  const differenceIds: EventId[] = [];
  for (const nid of difference) differenceIds.push((await load(nid)).eventId);
  const subgraphIds: EventId[] = [];
  for (const nid of subgraph) subgraphIds.push((await load(nid)).eventId);
  for (const event of [...loaded.values()]) for (const parent of event.authNids) await load(parent);

  const unconflicted = new Map<string, EventId | undefined>();
  const createEvent = asStateEvent(await load(room.create_event_nid));
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
      event: (id) => {
        const event = loaded.get(id);
        return event && asStateEvent(event);
      },
      createEvent,
    });
    for (const key of unknownKeys) {
      unconflicted.set(key, await unconflictedAt(engine, tx, room.room_nid, base, conflictedKeys, key, load));
    }
    if (outcome.kind === 'missing') {
      for (const id of outcome.eventIds) {
        const event = await engine.events.byId(tx, id);
        if (event === undefined) throw new Error(`auth event ${id} is not stored`);
        loaded.set(id, event);
      }
    } else if (unknownKeys.size === 0) {
      const state = new Map<number, number>();
      for (const [key, id] of outcome.state) {
        const separator = key.indexOf('\0');
        const type = key.slice(0, separator);
        const stateKey = key.slice(separator + 1);
        const event = loaded.get(id);
        if (event) state.set(await engine.names.internStateKey(tx, type, stateKey), event.eventNid);
      }
      return state;
    }
  }
  throw new Error('state resolution asks for events without end');
};

const unconflictedAt = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
  base: StateRoot,
  conflictedKeys: ReadonlySet<number>,
  key: string,
  load: (eventNid: number) => Promise<StoredEvent>,
): Promise<EventId | undefined> => {
  const separator = key.indexOf('\0');
  const keyNid = await engine.names.stateKeyNid(reader, key.slice(0, separator), key.slice(separator + 1));
  if (keyNid === undefined || conflictedKeys.has(keyNid)) return undefined;
  const eventNid = await engine.states.get(reader, roomNid, base, keyNid);
  return eventNid === undefined ? undefined : (await load(eventNid)).eventId;
};

const asStateEvent = (event: StoredEvent): StateEvent => ({
  eventId: event.eventId,
  pdu: event.pdu,
  rejected: event.verdict === 'rejected',
});
