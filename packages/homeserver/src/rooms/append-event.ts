/**
 * The only writer of the event graph. All facts of one event commit together: the event, its place on the
 * timeline, the forward extremities, the current state and who is where, redactions, relations,
 * notifications and the outbox. Nothing is published before the commit; `publishAppended` comes after.
 */
import { type EventId, type Pdu, type RoomId, redactsOf, prevEventIds } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { sharePresence } from '../ephemeral/share-presence.ts';
import { recordFiles } from '../media/record-files.ts';
import {
  authChildren,
  forwardExtremities,
  missingParents,
  type RoomRow,
  rooms,
  TIMELINE_STRIDE,
  timeline,
} from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { recordNotifications } from '../users/record-notifications.ts';
import { applyPendingRedactions, applyRedaction } from './apply-redaction.ts';
import { rulesOf } from './current-state.ts';
import { enqueueForServers } from './enqueue-for-servers.ts';
import { type EventVerdict, encodeNids, type StoredEvent } from './event-cache.ts';
import { freePositionBelow } from './history-position.ts';
import { listToRejudge } from './rejudge-events.ts';
import { recordRelation } from './record-relation.ts';
import { isUnresolved, type Unresolved } from './resolutions.ts';
import { stateAfter, stateAfterAll } from './state-before-event.ts';
import type { StateRoot } from './state-map.ts';
import { type Arrivals, NOBODY_ARRIVED, updateCurrentState } from './update-current-state.ts';

/** Where an event stands for readers: at the end, or where older history belongs. */
export type Place = { readonly kind: 'live' } | { readonly kind: 'history'; readonly position: number };

export type EventToAppend = {
  readonly eventId: EventId;
  readonly pdu: Pdu;
  readonly verdict: EventVerdict;
  readonly reason?: string;
  readonly authEvents: readonly StoredEvent[];
  readonly stateBefore: StateRoot;
  /** Those of its `prev_events` that are stored with their state. */
  readonly parents: readonly StoredEvent[];
  /** The event as it is stored already, as an outlier. */
  readonly known?: StoredEvent | undefined;
  /** Children that waited for this event as history; nothing can wait for an event of ours. */
  readonly waiting?: readonly WaitingChild[];
  /** The text that `pdu` was read from, when there is one. */
  readonly json?: string | undefined;
  readonly place: Place;
  /** It is no end of the graph unless there is no other. */
  readonly isBridge?: boolean;
  /** Whether other servers in the room get it from us, and which one does not need it. */
  readonly send: { readonly kind: 'to-room'; readonly except?: string } | { readonly kind: 'no' };
};

export type WaitingChild = RowOf<typeof missingParents>;

/** An event that has its place in the graph, and who has something to hear of it. */
export type Appended = {
  readonly event: StoredEvent;
  readonly room: RoomRow;
  /** Users whose membership changed. */
  readonly userNids: readonly number[];
  /** Servers that have something new in the outbox. */
  readonly destinations: readonly number[];
  readonly arrivals: Arrivals;
};

/**
 * Where the state of the room after it costs too much to resolve, the event is kept as an outlier, and is appended when
 * that is done.
 */
export const appendEvent = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  given: EventToAppend,
): Promise<Appended | Unresolved> => {
  const ends = given.verdict === 'accepted' ? await endsAfter(tx, room, given) : undefined;
  const { input, state } = await stateOfEnds(engine, tx, room, given, ends);
  if (isUnresolved(state)) return state;
  const event = await insertEvent(engine, tx, room, input);
  if (input.place.kind === 'live') await listToRejudge(engine, tx, event);
  // It is there now, whatever its verdict: nobody needs to fetch it.
  const waiting = input.waiting ?? [];
  for (const row of waiting) await tx.delete(missingParents, row);
  if (ends === undefined) {
    return { event, room, userNids: [], destinations: [], arrivals: NOBODY_ARRIVED };
  }
  await recordMissingParents(tx, event, input.parents);
  await recordRelation(tx, event);
  await recordFiles(engine, tx, event);
  await applyRedactions(engine, tx, room, event);
  for (const row of ends.covered) await tx.delete(forwardExtremities, row);
  if (ends.addsItself) {
    await tx.put(forwardExtremities, { room_nid: room.room_nid, event_nid: event.eventNid });
  }
  if (input.place.kind === 'history') return appendHistory(engine, tx, room, event, state);

  const state_root = state ?? (await stateAfter(engine, tx, event));
  const change = await updateCurrentState(engine, tx, room, state_root, event);
  await recordNotifications(engine, tx, {
    room: change.room,
    event,
    position: event.position ?? 0,
    state: state_root,
  });
  if (event.stream !== null) engine.activity.roomChanged(room.room_nid, event.stream);
  const destinations =
    input.send.kind === 'no'
      ? []
      : await enqueueForServers(engine, tx, change.room, event, change.leftServers, input.send.except);
  const { userNids, arrivals } = change;
  return { event, room: change.room, userNids, destinations, arrivals };
};

/** Tells readers and queues about events whose commit is durable. */
export const publishAppended = (engine: Engine, appended: readonly Appended[]): void => {
  engine.search.appended(appended.length);
  for (const { event, room, userNids, destinations, arrivals } of appended) {
    engine.meter.eventStored(isLocal(engine, event.pdu.sender) ? 'own' : 'remote', event.verdict);
    if (event.stream !== null) {
      engine.notifier.publish({ stream: event.stream, roomNids: [room.room_nid], userNids });
    }
    for (const serverNid of [...destinations, ...arrivals.told]) engine.outbound.wake(serverNid);
    sharePresence(engine, room, arrivals);
  }
};

const insertEvent = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  input: EventToAppend,
): Promise<StoredEvent> => {
  const { pdu, eventId, verdict, place, known, json } = input;
  const live = verdict === 'accepted' && place.kind === 'live';
  const stream = live ? await tx.next('stream') : null;
  const position =
    verdict !== 'accepted'
      ? null
      : place.kind === 'live'
        ? (stream ?? 0) * TIMELINE_STRIDE
        : await freePositionBelow(tx, room.room_nid, place.position + 1);
  const facts = {
    verdict,
    reason: input.reason ?? null,
    outlier: 0,
    state_before: input.stateBefore,
    auth_nids: encodeNids(input.authEvents.map((auth) => auth.eventNid)),
    position,
    stream,
  };
  const event =
    known === undefined
      ? await engine.events.insert(
          tx,
          {
            ...(await identity(engine, tx, room.room_nid, eventId, pdu, json)),
            ...facts,
            redacted_by: null,
          },
          json === undefined ? undefined : pdu,
        )
      : await engine.events.update(tx, known.eventNid, facts);
  if (known === undefined) await recordAuthEdges(tx, event);
  if (position !== null) {
    await tx.insert(timeline, { room_nid: room.room_nid, position, event_nid: event.eventNid });
  }
  return event;
};

/** The columns of an event's row that follow from the event alone. */
const identity = async (
  engine: Engine,
  tx: StoreTx,
  roomNid: number,
  eventId: EventId,
  pdu: Pdu,
  json = JSON.stringify(pdu),
) => ({
  event_nid: await tx.next('event_nid'),
  event_id: eventId,
  room_nid: roomNid,
  sender_nid: await engine.names.internUser(tx, pdu.sender),
  type: pdu.type,
  state_key_nid:
    pdu.state_key === undefined ? null : await engine.names.internStateKey(tx, pdu.type, pdu.state_key),
  origin_server_ts: pdu.origin_server_ts,
  json,
});

/** Only state events are auth events, so only they can lead to one in an auth chain. */
const recordAuthEdges = async (tx: StoreTx, event: StoredEvent): Promise<void> => {
  if (event.stateKeyNid === null) return;
  for (const parent of event.authNids) {
    await tx.put(authChildren, { event_nid: parent, child_nid: event.eventNid });
  }
};

const recordMissingParents = async (
  tx: StoreTx,
  event: StoredEvent,
  parents: readonly StoredEvent[],
): Promise<void> => {
  const present = new Set<string>(parents.map((parent) => parent.eventId));
  for (const event_id of prevEventIds(event.pdu)) {
    if (present.has(event_id)) continue;
    await tx.put(missingParents, { room_nid: event.roomNid, child_nid: event.eventNid, event_id });
  }
};

/** Children that wait for this event as history; empty for an event at the end of the graph. */
export const childrenMissing = (
  reader: StoreReader,
  roomNid: number,
  eventId: EventId,
): Promise<readonly WaitingChild[]> =>
  reader.scan(missingParents, { index: 'by_event', where: { room_nid: roomNid, event_id: eventId } });

/** An event that others follow, at whatever distance, is the end of nothing, and nor is what it follows. */
const appendHistory = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
  state: StateRoot | undefined,
): Promise<Appended> => {
  const nothing = { event, room, userNids: [], destinations: [], arrivals: NOBODY_ARRIVED };
  if (state === undefined) return nothing;
  const stream = await tx.next('stream');
  const change = await updateCurrentState(engine, tx, room, state, { stream });
  engine.activity.roomChanged(room.room_nid, stream);
  return { ...nothing, room: change.room, userNids: change.userNids, arrivals: change.arrivals };
};

/** What becomes of the ends of the graph with an event. */
type Ends = {
  /** Those that it follows. */
  readonly covered: readonly RowOf<typeof forwardExtremities>[];
  readonly remaining: readonly number[];
  readonly addsItself: boolean;
};

const endsAfter = async (
  tx: StoreTx,
  room: RoomRow,
  { parents, place, waiting = [], isBridge = false }: EventToAppend,
): Promise<Ends> => {
  const before = await tx.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
  const followed = new Set(parents.map((parent) => parent.eventNid));
  const covered = before.filter(({ event_nid }) => followed.has(event_nid));
  const remaining = before.flatMap(({ event_nid }) => (followed.has(event_nid) ? [] : [event_nid]));
  if (place.kind === 'history') {
    // The room keeps an end.
    return { covered: remaining.length === 0 ? [] : covered, remaining, addsItself: false };
  }
  const isNoEnd = waiting.length > 0 || isBridge;
  return { covered, remaining, addsItself: !isNoEnd || remaining.length === 0 };
};

/**
 * The state after all ends that there will be; undefined where it follows from the event alone, or stays. State events
 * beside other ends are stored for it first, as outliers: their numbers are part of the states, and what is left
 * unresolved is made of what is stored.
 */
const stateOfEnds = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  input: EventToAppend,
  ends: Ends | undefined,
): Promise<{ readonly input: EventToAppend; readonly state: StateRoot | Unresolved | undefined }> => {
  const isSettled = ends === undefined || ends.remaining.length === 0;
  if (isSettled || (input.place.kind === 'history' && ends.covered.length === 0)) {
    return { input, state: undefined };
  }
  const remaining = await engine.events.many(tx, ends.remaining);
  if (!ends.addsItself) return { input, state: await stateAfterAll(engine, tx, room, remaining) };
  if (input.pdu.state_key === undefined) {
    const itself = { ...identityOfMessage(input, room), stateBefore: input.stateBefore };
    return { input, state: await stateAfterAll(engine, tx, room, [...remaining, itself]) };
  }
  const known = input.known ?? (await insertOutlier(engine, tx, room, input));
  const itself = { ...known, stateBefore: input.stateBefore, verdict: input.verdict };
  return {
    input: { ...input, known },
    state: await stateAfterAll(engine, tx, room, [...remaining, itself]),
  };
};

/** The state after an event that is none does not depend on its number. */
const identityOfMessage = ({ eventId, verdict }: EventToAppend, { room_nid }: RoomRow) => ({
  eventId,
  eventNid: 0,
  roomNid: room_nid,
  stateKeyNid: null,
  verdict,
});

/** An event that has no place in the graph, or none yet. */
export const insertOutlier = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  outlier: Pick<EventToAppend, 'eventId' | 'pdu' | 'verdict' | 'reason' | 'authEvents' | 'json'>,
): Promise<StoredEvent> => {
  const { eventId, pdu, verdict, reason, authEvents, json } = outlier;
  const row = {
    ...(await identity(engine, tx, room.room_nid, eventId, pdu, json)),
    verdict,
    reason: reason ?? null,
    outlier: 1,
    state_before: null,
    auth_nids: encodeNids(authEvents.map((auth) => auth.eventNid)),
    position: null,
    stream: null,
    redacted_by: null,
  };
  const event = await engine.events.insert(tx, row, json === undefined ? undefined : pdu);
  await recordAuthEdges(tx, event);
  return event;
};

const applyRedactions = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
): Promise<void> => {
  const target = redactsOf(rulesOf(room), event.pdu);
  if (event.pdu.type === 'm.room.redaction' && target !== undefined) {
    await applyRedaction(engine, tx, room, event, target);
  }
  await applyPendingRedactions(engine, tx, room, event);
};

/** Writes the row of a new room; its create event follows in the same transaction. */
export const insertRoom = async (
  engine: Engine,
  tx: StoreTx,
  input: { readonly roomId: RoomId; readonly version: string; readonly create: Pdu },
): Promise<RoomRow> => {
  const room_nid = await tx.next('room_nid');
  const room: RoomRow = {
    room_nid,
    room_id: input.roomId,
    room_version: input.version,
    state_root: await engine.states.build(tx, room_nid, []),
    federate: input.create.content['m.federate'] === false ? 0 : 1,
    create_event_nid: 0,
    shared_since: null,
  };
  await tx.insert(rooms, room);
  return room;
};
