/**
 * Fetches what an event builds on: first the events between ours and it (get_missing_events), and where that
 * does not reach our graph, the state at the gap (state_ids and single events). Everything fetched comes
 * through the same door as any other PDU.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events
 */
import {
  type EventId,
  isJsonArray,
  type JsonObject,
  type JsonValue,
  type Pdu,
  type RoomId,
  type ServerName,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { type Place, publishAppended } from '../rooms/append-event.ts';
import { roomById, rulesOf } from '../rooms/current-state.ts';
import { receiveOutlier, receivePdu, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import { forwardExtremities, type RoomRow } from '../store/schema.ts';
import { inDependencyOrder } from './dependency-order.ts';
import { path, requestRemote } from './signed-request.ts';
import { verifyPdus } from './verify-pdu.ts';

/** Events asked for at once; deployed servers give at most 20. */
const MISSING_EVENTS_LIMIT = 20;
/** Rounds of get_missing_events for one gap, before the state at the gap is fetched instead. */
const MAX_ROUNDS = 10;
/** Servers asked when the first can't help. */
const MAX_SERVERS = 3;
/** Single events fetched for one state; beyond, the whole state is fetched. */
const MAX_SINGLE_EVENTS = 40;
/** Outliers stored in one commit, so that other writers get their turn. */
const OUTLIER_BATCH = 200;

export type Gap = {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly pdu: Pdu;
  readonly origin: ServerName;
  readonly prevEvents: readonly EventId[];
  readonly authEvents: readonly EventId[];
};

/** Returns whether trying the event again makes sense. Asks the network, outside any transaction. */
export const fetchMissing = async (engine: Engine, gap: Gap): Promise<boolean> => {
  const room = await engine.store.read((reader) => roomById(reader, gap.roomId));
  if (room === undefined) return false;
  const others = await engine.store.read((reader) => otherServers(engine, reader, room.room_nid));
  const servers = [gap.origin, ...others.filter((server) => server !== gap.origin)].slice(0, MAX_SERVERS);
  for (const server of servers) {
    if (gap.authEvents.length > 0 && !(await fetchAuthChain(engine, server, room, gap.eventId))) continue;
    if (gap.prevEvents.length === 0 || (await fillGap(engine, server, room, gap))) return true;
  }
  return false;
};

/** Stores the auth chain of an event; returns whether the server gave one. */
const fetchAuthChain = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventId: EventId,
): Promise<boolean> => {
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/event_auth/${room.room_id}/${eventId}`,
  });
  if (answer.kind !== 'ok') return false;
  const chain = await verifyPdus(engine, rulesOf(room), arrayIn(answer.body, 'auth_chain'), server);
  await storeOutliers(engine, room, chain);
  return chain.length > 0;
};

const fillGap = async (engine: Engine, server: ServerName, room: RoomRow, gap: Gap): Promise<boolean> => {
  const found = new Map<EventId, VerifiedPdu>([[gap.eventId, { eventId: gap.eventId, pdu: gap.pdu }]]);
  let unknown = await unknownParents(engine, found);
  for (let round = 0; round < MAX_ROUNDS && unknown.size > 0; round++) {
    const fetched = await getMissingEvents(engine, server, room, [...childrenOf(found, unknown)]);
    const fresh = fetched.filter((event) => !found.has(event.eventId));
    if (fresh.length === 0) break;
    for (const event of fresh) found.set(event.eventId, event);
    unknown = await unknownParents(engine, found);
  }
  for (const eventId of unknown) {
    if (!(await fetchWithState(engine, server, room, eventId, { kind: 'live' }))) return false;
  }
  found.delete(gap.eventId);
  for (const event of inDependencyOrder([...found.values()], (pdu) => pdu.prev_events)) {
    if (!(await receiveFetched(engine, server, room.room_id as RoomId, event))) return false;
  }
  return true;
};

/** Parents that are neither stored with their state nor among these events. */
const unknownParents = async (
  engine: Engine,
  found: ReadonlyMap<EventId, VerifiedPdu>,
): Promise<ReadonlySet<EventId>> =>
  engine.store.read(async (reader) => {
    const unknown = new Set<EventId>();
    for (const { pdu } of found.values()) {
      for (const parent of pdu.prev_events) {
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
    if (pdu.prev_events.some((parent) => parents.has(parent))) yield eventId;
  }
};

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
  return verifyPdus(engine, rulesOf(room), arrayIn(answer.body, 'events'), server);
};

const receiveFetched = async (
  engine: Engine,
  server: ServerName,
  roomId: RoomId,
  event: VerifiedPdu,
): Promise<boolean> => {
  for (const mayFetchAuth of [true, false]) {
    const verdict = await engine.store.transact(async (tx) => {
      const room = await roomById(tx, roomId);
      return room && { room, verdict: await receivePdu(engine, tx, room, event) };
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

/** Fetches one event and the state before it, and puts it into the graph although its parents are unknown. */
const fetchWithState = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventId: EventId,
  place: Place,
): Promise<boolean> => {
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/event/${eventId}`,
  });
  if (answer.kind !== 'ok') return false;
  const events = await verifyPdus(engine, rulesOf(room), arrayIn(answer.body, 'pdus'), server);
  const event = events.find((candidate) => candidate.eventId === eventId);
  if (event === undefined || event.pdu.room_id !== room.room_id) return false;
  return receiveWithFetchedState(engine, server, room, event, place);
};

/** Puts an event into the graph with the state before it as a server of the room tells it. */
export const receiveWithFetchedState = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  event: VerifiedPdu,
  place: Place,
): Promise<boolean> => {
  const stateBefore = await fetchStateBefore(engine, server, room, event.eventId);
  if (stateBefore === undefined) return false;
  const verdict = await engine.store.transact(async (tx) => {
    const current = await roomById(tx, room.room_id);
    return current && receivePdu(engine, tx, current, event, { stateBefore, place });
  });
  if (verdict === undefined || verdict.kind === 'missing') return false;
  if (verdict.kind !== 'duplicate') publishAppended(engine, [verdict.appended]);
  return true;
};

const fetchStateBefore = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventId: EventId,
): Promise<StateRoot | undefined> => {
  const query = `?event_id=${encodeURIComponent(eventId)}`;
  const ids = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/state_ids/${room.room_id}` + query,
  });
  if (ids.kind !== 'ok') return undefined;
  const stateIds = arrayIn(ids.body, 'pdu_ids').filter((id) => typeof id === 'string');
  const chainIds = arrayIn(ids.body, 'auth_chain_ids').filter((id) => typeof id === 'string');
  const unknown = await engine.store.read(async (reader) => {
    const missing: string[] = [];
    for (const id of new Set([...stateIds, ...chainIds])) {
      if ((await engine.events.byId(reader, id)) === undefined) missing.push(id);
    }
    return missing;
  });
  const fetched =
    unknown.length > MAX_SINGLE_EVENTS
      ? await fetchWholeState(engine, server, room, query)
      : await fetchSingly(engine, server, room, unknown);
  await storeOutliers(engine, room, fetched);
  return stateOf(engine, room, stateIds);
};

const fetchWholeState = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  query: string,
): Promise<readonly VerifiedPdu[]> => {
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/state/${room.room_id}` + query,
    timeoutMs: 60_000,
  });
  if (answer.kind !== 'ok') return [];
  const values = [...arrayIn(answer.body, 'auth_chain'), ...arrayIn(answer.body, 'pdus')];
  return verifyPdus(engine, rulesOf(room), values, server);
};

const fetchSingly = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventIds: readonly string[],
): Promise<readonly VerifiedPdu[]> => {
  const found: VerifiedPdu[] = [];
  for (const eventId of eventIds) {
    const answer = await requestRemote(engine, {
      destination: server,
      method: 'GET',
      path: path`/_matrix/federation/v1/event/${eventId}`,
    });
    if (answer.kind !== 'ok') continue;
    found.push(...(await verifyPdus(engine, rulesOf(room), arrayIn(answer.body, 'pdus'), server)));
  }
  return found;
};

/** Stores events that have no place in the graph, each after its auth events. */
export const storeOutliers = async (
  engine: Engine,
  room: RoomRow,
  verified: readonly VerifiedPdu[],
): Promise<void> => {
  const ordered = inDependencyOrder(verified, (pdu) => pdu.auth_events);
  for (let start = 0; start < ordered.length; start += OUTLIER_BATCH) {
    const batch = ordered.slice(start, start + OUTLIER_BATCH);
    await engine.store.transact(async (tx) => {
      for (const event of batch) {
        const stored = await receiveOutlier(engine, tx, room, event);
        if (stored.kind === 'missing') {
          engine.log.info('outlier left out: auth events are missing', { event_id: event.eventId });
        }
      }
    });
  }
};

/** The state map of these events; undefined when one of them is not stored. Rejected ones don't count. */
export const stateOf = (
  engine: Engine,
  room: RoomRow,
  eventIds: readonly string[],
): Promise<StateRoot | undefined> =>
  engine.store.transact(async (tx) => {
    const entries: [number, number][] = [];
    for (const eventId of eventIds) {
      const event = await engine.events.byId(tx, eventId);
      if (event === undefined || event.roomNid !== room.room_nid) return undefined;
      if (event.verdict !== 'rejected' && event.stateKeyNid !== null) {
        entries.push([event.stateKeyNid, event.eventNid]);
      }
    }
    return engine.states.build(tx, room.room_nid, entries);
  });

const arrayIn = (body: JsonObject, key: string): readonly JsonValue[] => {
  const value = body[key];
  return isJsonArray(value) ? value : [];
};
