/**
 * The only writer of the event graph. All facts of one event commit together: the event, its place on the
 * timeline, the forward extremities, the current state and who is where, redactions, relations,
 * notifications and the outbox. Nothing is published before the commit; `publishAppended` comes after.
 */
import { type EventId, type Pdu, type RoomId, redactsOf } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
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
import { recordRelation } from './record-relation.ts';
import { stateAfter, stateAfterAll } from './state-before-event.ts';
import type { StateRoot } from './state-map.ts';
import { updateCurrentState } from './update-current-state.ts';

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
  /** Whether other servers in the room get it from us, and which one does not need it. */
  readonly send: { readonly kind: 'to-room'; readonly except?: string } | { readonly kind: 'no' };
};

export type WaitingChild = RowOf<typeof missingParents>;

export type Appended = {
  readonly event: StoredEvent;
  readonly room: RoomRow;
  /** Users whose membership changed. */
  readonly userNids: readonly number[];
  /** Servers that have something new in the outbox. */
  readonly destinations: readonly number[];
};

export const appendEvent = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  input: EventToAppend,
): Promise<Appended> => {
  const event = await insertEvent(engine, tx, room, input);
  // It is there now, whatever its verdict: nobody needs to fetch it.
  const waiting = input.waiting ?? [];
  for (const row of waiting) await tx.delete(missingParents, row);
  if (event.verdict !== 'accepted') {
    return { event, room, userNids: [], destinations: [] };
  }
  await recordMissingParents(tx, event, input.parents);
  await recordRelation(tx, event);
  await applyRedactions(engine, tx, room, event);
  if (input.place.kind === 'history') return { event, room, userNids: [], destinations: [] };

  const extremities = await advanceExtremities(engine, tx, event, input.parents, waiting.length > 0);
  const state_root =
    extremities.length === 1 && extremities[0]?.eventNid === event.eventNid
      ? await stateAfter(engine, tx, event)
      : await stateAfterAll(engine, tx, room, extremities);
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
  return { event, room: change.room, userNids: change.userNids, destinations };
};

/** Tells readers and queues about events whose commit is durable. */
export const publishAppended = (engine: Engine, appended: readonly Appended[]): void => {
  engine.search.appended(appended.length);
  for (const { event, room, userNids, destinations } of appended) {
    if (event.stream !== null) {
      engine.notifier.publish({ stream: event.stream, roomNids: [room.room_nid], userNids });
    }
    for (const serverNid of destinations) engine.outbound.wake(serverNid);
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
    verdict !== 'accepted' ? null : place.kind === 'live' ? (stream ?? 0) * TIMELINE_STRIDE : place.position;
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
export const identity = async (
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
export const recordAuthEdges = async (tx: StoreTx, event: StoredEvent): Promise<void> => {
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
  for (const event_id of event.pdu.prev_events) {
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

const advanceExtremities = async (
  engine: Engine,
  tx: StoreTx,
  event: StoredEvent,
  parents: readonly StoredEvent[],
  awaited: boolean,
): Promise<readonly StoredEvent[]> => {
  const before = await tx.scan(forwardExtremities, { where: { room_nid: event.roomNid } });
  const covered = new Set(parents.map((parent) => parent.eventNid));
  const remaining: number[] = [];
  for (const { event_nid } of before) {
    if (covered.has(event_nid)) await tx.delete(forwardExtremities, { room_nid: event.roomNid, event_nid });
    else remaining.push(event_nid);
  }
  if (!awaited || remaining.length === 0) {
    await tx.put(forwardExtremities, { room_nid: event.roomNid, event_nid: event.eventNid });
    remaining.push(event.eventNid);
  }
  return engine.events.many(tx, remaining);
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
  };
  await tx.insert(rooms, room);
  return room;
};
