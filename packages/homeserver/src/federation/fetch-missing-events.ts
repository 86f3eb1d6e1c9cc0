/**
 * Fetches what an event builds on: first the events between ours and it (get_missing_events), and where that
 * does not reach our graph, the state at the gap (state_ids and single events). Everything fetched comes
 * through the same door as any other PDU.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type EventId,
  isJsonArray,
  type JsonObject,
  type JsonValue,
  type Pdu,
  type RoomId,
  roomIdOf,
  type ServerName,
  prevEventIds,
  authEventIds,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { type Place, publishAppended } from '../rooms/append-event.ts';
import { roomById, rulesOf } from '../rooms/current-state.ts';
import { buildState } from '../rooms/enter-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { receiveOutlier, receivePdu, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { isUnresolved, transactResolving } from '../rooms/resolutions.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import { forwardExtremities, type RoomRow } from '../store/schema.ts';
import { signByPolicy } from './ask-policy-server.ts';
import { inDependencyOrder } from './dependency-order.ts';
import {
  asUnverified,
  forgetUnverified,
  keepUnverified,
  noteIncomplete,
  type UnverifiedEvent,
} from './incomplete-states.ts';
import { placesInHistory } from './places-in-history.ts';
import { receiveRoomState, type StateAnswer } from './receive-room-state.ts';
import { path, requestRemote, streamRemote } from './signed-request.ts';
import { verifyPdus } from './verify-pdu.ts';

/** Events asked for at once; deployed servers give at most 20. */
const MISSING_EVENTS_LIMIT = 20;
/** Rounds of get_missing_events for one gap, with all servers together, before the state at the gap is fetched instead. */
const MAX_ROUNDS = 10;
/** Servers asked about one gap. */
const MAX_SERVERS = 3;
/** Single events fetched for one state; beyond, the whole state is fetched. */
const MAX_SINGLE_EVENTS = 40;
/** Events stored or looked up at once, so that others get their turn. */
const OUTLIER_BATCH = 100;
/** To the beginning of an answer with a whole state, and for each pause in it. */
export const STATE_TIMEOUT_MS = 60_000;
export const MAX_STATE_BYTES = 256 * 1024 * 1024;
/** Some 600,000 IDs. */
const MAX_STATE_IDS_BYTES = 32 * 1024 * 1024;

/** Where an event that was fetched stands; `isBridge` as in `ReceiveOptions`. */
export type Standing = { readonly place: Place | undefined; readonly isBridge?: boolean };

const optionsOf = ({ place, isBridge }: Standing) => ({
  ...optional('place', place),
  ...optional('isBridge', isBridge),
});

export type Gap = {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly pdu: Pdu;
  readonly origin: ServerName;
  readonly prevEvents: readonly EventId[];
  readonly authEvents: readonly EventId[];
};

/**
 * Returns whether trying the event again makes sense. Asks the network, outside any transaction: first all servers for
 * the events themselves, whose state follows from what we have, and only then one for a state that has to be believed.
 */
export const fetchMissing = async (engine: Engine, gap: Gap): Promise<boolean> => {
  const room = await engine.store.read((reader) => roomById(reader, gap.roomId));
  if (room === undefined) return false;
  const others = await engine.store.read((reader) => otherServers(engine, reader, room.room_nid));
  const servers = [gap.origin, ...others.filter((server) => server !== gap.origin)].slice(0, MAX_SERVERS);
  if (gap.authEvents.length > 0 && !(await fetchAuthChainFromAny(engine, servers, room, gap))) return false;
  if (gap.prevEvents.length === 0) return true;
  const found = await walkGap(engine, servers, room, gap);
  for (const server of servers) if (await takeGapIn(engine, server, room, gap, found)) return true;
  return false;
};

const fetchAuthChainFromAny = async (
  engine: Engine,
  servers: readonly ServerName[],
  room: RoomRow,
  { eventId, authEvents }: Gap,
): Promise<boolean> => {
  for (const server of servers) {
    await fetchAuthChain(engine, server, room, eventId);
    if ((await notStored(engine, authEvents)).length === 0) return true;
  }
  return false;
};

/** Stores the auth chain of an event; returns whether the server gave one. */
export const fetchAuthChain = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventId: EventId,
): Promise<boolean> => {
  const answer = await streamRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/event_auth/${room.room_id}/${eventId}`,
    timeoutMs: STATE_TIMEOUT_MS,
    maxBytes: MAX_STATE_BYTES,
  });
  if (answer.kind !== 'ok') return false;
  const { body } = answer;
  let isGiven = false;
  await receiveStreamed(engine, server, room, {
    body,
    stateMember: 'auth_chain',
    checked: () => {
      isGiven = true;
    },
  });
  return isGiven;
};

/** Takes the events from an answer, as far as it can be read, and returns those that can't be verified. */
const receiveStreamed = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  answer: Pick<StateAnswer, 'body' | 'stateMember' | 'checked'>,
): Promise<readonly UnverifiedEvent[]> => {
  const roomId = room.room_id as RoomId;
  try {
    const received = await receiveRoomState(engine, {
      server,
      rules: rulesOf(room),
      roomId,
      room,
      ...answer,
    });
    return received.unverified;
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    engine.log.info('state not fetched', { server, room_id: roomId, reason: error.message });
    return [];
  }
};

/** The event and what lies between it and ours, as far as these servers tell it. What one leaves out another may have. */
const walkGap = async (
  engine: Engine,
  servers: readonly ServerName[],
  room: RoomRow,
  gap: Gap,
): Promise<ReadonlyMap<EventId, VerifiedPdu>> => {
  const found = new Map<EventId, VerifiedPdu>([[gap.eventId, { eventId: gap.eventId, pdu: gap.pdu }]]);
  let rounds = 0;
  for (const server of servers) {
    for (; rounds < MAX_ROUNDS; rounds++) {
      const unknown = await unknownParents(engine, found);
      if (unknown.size === 0) return found;
      const fetched = await getMissingEvents(engine, server, room, [...childrenOf(found, unknown)]);
      if (!addConnected(found, unknown, fetched)) break;
    }
  }
  return found;
};

/** Adds what leads from the event backwards, and nothing else; returns whether there was any. */
const addConnected = (
  found: Map<EventId, VerifiedPdu>,
  unknown: ReadonlySet<EventId>,
  fetched: readonly VerifiedPdu[],
): boolean => {
  const byId = new Map(fetched.map((event) => [event.eventId, event]));
  const wanted = [...unknown];
  const before = found.size;
  for (let id = wanted.pop(); id !== undefined; id = wanted.pop()) {
    const event = byId.get(id);
    if (event === undefined || found.has(id)) continue;
    found.set(id, event);
    wanted.push(...prevEventIds(event.pdu));
  }
  return found.size > before;
};

/**
 * Takes in what was found. Where it does not reach our graph, the server says what the state is: before the event that
 * it gave us, or, for the event that began all this, before each of its parents.
 */
const takeGapIn = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  gap: Gap,
  found: ReadonlyMap<EventId, VerifiedPdu>,
): Promise<boolean> => {
  const unknown = await unknownParents(engine, found);
  const ordered = inDependencyOrder([...found.values()], prevEventIds);
  const places = await placesInHistory(engine, room.room_nid, ordered, unknown);
  const bridges = unconnected(ordered, found, unknown);
  const standingOf = (eventId: EventId): Standing => ({
    place: places.get(eventId),
    isBridge: bridges.has(eventId) || unknown.has(eventId),
  });
  for (const event of ordered) {
    const missing = prevEventIds(event.pdu).filter((id) => unknown.has(id));
    const standing = standingOf(event.eventId);
    if (event.eventId === gap.eventId) {
      for (const id of missing) {
        if (!(await fetchWithState(engine, server, room, id, standingOf(id)))) return false;
      }
    } else if (missing.length > 0) {
      if (!(await receiveWithFetchedState(engine, server, room, event, standing))) return false;
    } else if (!(await receiveFetched(engine, server, room.room_id as RoomId, { event, standing })))
      return false;
  }
  return true;
};

/**
 * Those of these events that follow nothing of ours, not even at a distance: only a state that had to be believed leads
 * to them. Anybody can have us fetch an old event so, by naming it as a parent.
 */
const unconnected = (
  ordered: readonly VerifiedPdu[],
  found: ReadonlyMap<EventId, VerifiedPdu>,
  unknown: ReadonlySet<EventId>,
): ReadonlySet<EventId> => {
  const bridges = new Set<EventId>();
  for (const { eventId, pdu } of ordered) {
    const follows = (id: EventId) => (found.has(id) ? !bridges.has(id) : !unknown.has(id));
    if (!prevEventIds(pdu).some(follows)) bridges.add(eventId);
  }
  return bridges;
};

/** Parents that are neither stored with their state nor among these events. */
const unknownParents = async (
  engine: Engine,
  found: ReadonlyMap<EventId, VerifiedPdu>,
): Promise<ReadonlySet<EventId>> =>
  engine.store.read(async (reader) => {
    const unknown = new Set<EventId>();
    for (const { pdu } of found.values()) {
      for (const parent of prevEventIds(pdu)) {
        if (found.has(parent)) continue;
        const event = await engine.events.byId(reader, parent);
        if (event === undefined || event.stateBefore === null) unknown.add(parent);
      }
    }
    return unknown;
  });

const childrenOf = function* (
  found: ReadonlyMap<EventId, VerifiedPdu>,
  parents: ReadonlySet<EventId>,
): Iterable<EventId> {
  for (const { eventId, pdu } of found.values()) {
    if (prevEventIds(pdu).some((parent) => parents.has(parent))) yield eventId;
  }
};

/** Those that are not stored with the state before them. */
const notInGraph = (engine: Engine, events: readonly VerifiedPdu[]): Promise<readonly VerifiedPdu[]> =>
  engine.store.read(async (reader) => {
    const missing: VerifiedPdu[] = [];
    for (const event of events) {
      const stored = await engine.events.byId(reader, event.eventId);
      if (stored === undefined || stored.stateBefore === null) missing.push(event);
    }
    return missing;
  });

const getMissingEvents = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  latest: readonly EventId[],
): Promise<readonly VerifiedPdu[]> => {
  const earliest = await engine.store.read(async (reader) => {
    const rows = await reader.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
    const events = await engine.events.many(
      reader,
      rows.map((row) => row.event_nid),
    );
    return events.map((event) => event.eventId);
  });
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'POST',
    path: path`/_matrix/federation/v1/get_missing_events/${room.room_id}`,
    body: { earliest_events: earliest, latest_events: latest, limit: MISSING_EVENTS_LIMIT, min_depth: 0 },
  });
  if (answer.kind !== 'ok') return [];
  const values = arrayIn(answer.body, 'events').slice(0, MISSING_EVENTS_LIMIT);
  const events = await verifyPdus(engine, rulesOf(room), values, server);
  return notInGraph(
    engine,
    events.filter(({ pdu }) => roomIdOf(rulesOf(room), pdu) === room.room_id),
  );
};

const receiveFetched = async (
  engine: Engine,
  server: ServerName,
  roomId: RoomId,
  { event: fetched, standing }: { readonly event: VerifiedPdu; readonly standing: Standing },
): Promise<boolean> => {
  const policy = await signByPolicy(engine, roomId, fetched.pdu);
  const event = policy.kind === 'signed' ? { ...fetched, pdu: policy.pdu } : fetched;
  for (const mayFetchAuth of [true, false]) {
    const verdict = await transactResolving(engine, async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) return undefined;
      const verdict = await receivePdu(engine, tx, room, event, optionsOf(standing));
      return isUnresolved(verdict) ? verdict : { room, verdict };
    });
    if (verdict === undefined) return false;
    if (verdict.verdict.kind === 'duplicate') return true;
    if (verdict.verdict.kind !== 'missing') {
      publishAppended(engine, [verdict.verdict.appended]);
      return true;
    }
    if (!mayFetchAuth || verdict.verdict.authEvents.length === 0) return false;
    if (!(await fetchAuthChain(engine, server, verdict.room, event.eventId))) return false;
  }
  return false;
};

/** One event of a room as a server gives it, verified. */
export const fetchEvent = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventId: EventId,
): Promise<VerifiedPdu | undefined> => {
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/event/${eventId}`,
  });
  if (answer.kind !== 'ok') return undefined;
  const events = await verifyPdus(engine, rulesOf(room), arrayIn(answer.body, 'pdus'), server);
  return events.find((one) => one.eventId === eventId && one.pdu.room_id === room.room_id);
};

/** Fetches one event and the state before it, and puts it into the graph although its parents are unknown. */
const fetchWithState = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventId: EventId,
  standing: Standing,
): Promise<boolean> => {
  const event = await fetchEvent(engine, server, room, eventId);
  if (event === undefined) return false;
  const isBridge = standing.isBridge === true && !(await followsOurs(engine, room, event));
  return receiveWithFetchedState(engine, server, room, event, { ...standing, isBridge });
};

const followsOurs = (engine: Engine, room: RoomRow, { pdu }: VerifiedPdu): Promise<boolean> =>
  engine.store.read(async (reader) => {
    for (const id of prevEventIds(pdu)) {
      const parent = await engine.events.byId(reader, id);
      if (parent?.roomNid === room.room_nid && parent.stateBefore !== null) return true;
    }
    return false;
  });

/** Puts an event into the graph with the state before it as a server of the room tells it. */
export const receiveWithFetchedState = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  event: VerifiedPdu,
  standing: Standing,
): Promise<boolean> => {
  const told = await fetchStateBefore(engine, server, room, event.eventId);
  if (told === undefined) return false;
  const { root: stateBefore, unverified } = told;
  // Of old events that are read nothing depends on it.
  const isKept = unverified.length > 0 && standing.place?.kind !== 'history';
  if (isKept) await keepUnverified(engine, room.room_id, event.eventId, unverified);
  const verdict = await transactResolving(engine, async (tx) => {
    const current = await roomById(tx, room.room_id);
    if (current === undefined) return undefined;
    const received = await receivePdu(engine, tx, current, event, { stateBefore, ...optionsOf(standing) });
    if (isKept && 'appended' in received) await noteIncomplete(engine, tx, received.appended.event);
    return received;
  });
  if (isKept && verdict !== undefined && 'appended' in verdict) engine.incomplete.wake();
  else if (isKept) await forgetUnverified(engine, room.room_id, event.eventId);
  if (verdict === undefined || verdict.kind === 'missing') return false;
  if (verdict.kind !== 'duplicate') publishAppended(engine, [verdict.appended]);
  return true;
};

/** `unverified`: what is lacking of it, and of its auth chain, because keys can't be had. */
export type ToldState = { readonly root: StateRoot; readonly unverified: readonly UnverifiedEvent[] };

/** The state before an event as a server tells it; undefined when it does not give all of it. */
export const fetchStateBefore = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventId: EventId,
): Promise<ToldState | undefined> => {
  const query = `?event_id=${encodeURIComponent(eventId)}`;
  const ids = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/state_ids/${room.room_id}` + query,
    maxBytes: MAX_STATE_IDS_BYTES,
  });
  if (ids.kind !== 'ok') return undefined;
  const stateIds = arrayIn(ids.body, 'pdu_ids').filter((id) => typeof id === 'string');
  const chainIds = arrayIn(ids.body, 'auth_chain_ids').filter((id) => typeof id === 'string');
  const unknown = await notStored(engine, new Set([...stateIds, ...chainIds]));
  const unverified =
    unknown.length > MAX_SINGLE_EVENTS
      ? await fetchWholeState(engine, server, room, query)
      : await fetchSingly(engine, server, room, { eventIds: unknown, inState: new Set(stateIds) });
  const lacking = new Set(unverified.map(({ event_id }) => event_id));
  const root = await stateOf(engine, room, stateIds, lacking);
  return root && { root, unverified };
};

/** Takes the events from an answer with the whole state, and returns those that can't be verified. */
const fetchWholeState = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  query: string,
): Promise<readonly UnverifiedEvent[]> => {
  const answer = await streamRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/state/${room.room_id}` + query,
    timeoutMs: STATE_TIMEOUT_MS,
    maxBytes: MAX_STATE_BYTES,
  });
  if (answer.kind !== 'ok') return [];
  return receiveStreamed(engine, server, room, { body: answer.body, stateMember: 'pdus' });
};

/** Takes events one by one, and returns those that can't be verified. */
const fetchSingly = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  { eventIds, inState }: { readonly eventIds: readonly string[]; readonly inState: ReadonlySet<string> },
): Promise<readonly UnverifiedEvent[]> => {
  const rules = rulesOf(room);
  const found: VerifiedPdu[] = [];
  const unverified: UnverifiedEvent[] = [];
  const keep = (event: VerifiedPdu, whose?: ServerName) => {
    if (roomIdOf(rules, event.pdu) !== room.room_id) return;
    unverified.push(asUnverified({ ...event, inState: inState.has(event.eventId) }, whose));
  };
  for (const eventId of eventIds) {
    const answer = await requestRemote(engine, {
      destination: server,
      method: 'GET',
      path: path`/_matrix/federation/v1/event/${eventId}`,
    });
    if (answer.kind !== 'ok') continue;
    const pdus = arrayIn(answer.body, 'pdus');
    found.push(...(await verifyPdus(engine, rules, pdus, server, (event) => keep(event, event.server))));
  }
  const leftOut = await storeOutliers(engine, room, found);
  if (unverified.length > 0) for (const event of leftOut) keep(event);
  return unverified;
};

/** Stores events that have no place in the graph, each after its auth events; returns those without theirs. */
const storeOutliers = async (
  engine: Engine,
  room: RoomRow,
  verified: readonly VerifiedPdu[],
): Promise<readonly VerifiedPdu[]> => {
  const leftOut: VerifiedPdu[] = [];
  const ordered = inDependencyOrder(verified, authEventIds);
  for (const batch of inParts(ordered)) {
    await engine.store.transact(async (tx) => {
      for (const event of batch) {
        const stored = await receiveOutlier(engine, tx, room, event);
        if (stored.kind === 'missing') {
          engine.log.info('outlier left out: auth events are missing', { event_id: event.eventId });
          leftOut.push(event);
        }
      }
    });
  }
  return leftOut;
};

/** The state map of these events; undefined when one of them is not stored and not lacking. Rejected ones don't count. */
const stateOf = async (
  engine: Engine,
  room: RoomRow,
  eventIds: readonly string[],
  lacking: ReadonlySet<string>,
): Promise<StateRoot | undefined> => {
  const entries = new Map<number, number>();
  for (const part of inParts(eventIds)) {
    const found = await engine.store.read(async (reader) => {
      const events: (StoredEvent | undefined)[] = [];
      for (const id of part) if (!lacking.has(id)) events.push(await engine.events.byId(reader, id));
      return events;
    });
    for (const event of found) {
      if (event === undefined || event.roomNid !== room.room_nid) return undefined;
      if (event.verdict !== 'rejected' && event.stateKeyNid !== null) {
        entries.set(event.stateKeyNid, event.eventNid);
      }
    }
    await nextTurn();
  }
  return buildState(engine, room, entries);
};

/** Those of the events that are not stored. */
const notStored = async (engine: Engine, eventIds: Iterable<string>): Promise<readonly string[]> => {
  const missing: string[] = [];
  for (const part of inParts([...eventIds])) {
    await engine.store.read(async (reader) => {
      for (const id of part) {
        if ((await engine.events.byId(reader, id)) === undefined) missing.push(id);
      }
    });
    await nextTurn();
  }
  return missing;
};

const inParts = function* <T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += OUTLIER_BATCH) yield list.slice(at, at + OUTLIER_BATCH);
};

const arrayIn = (body: JsonObject, key: string): readonly JsonValue[] => {
  const value = body[key];
  return isJsonArray(value) ? value : [];
};
