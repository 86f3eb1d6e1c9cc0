/**
 * The door that every PDU comes through, in the order of the specification's checks. Format, signatures and
 * content hash (1 to 3) are `federation/verify-pdu.ts`, because keys may have to be fetched; the rest is
 * here, inside a write transaction, and asks the network nothing: what is missing is named in the verdict.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
 */
import { checkAuthEvents, type EventId, type Pdu } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import {
  type Appended,
  appendEvent,
  childrenMissing,
  identity,
  type Place,
  recordAuthEdges,
  type WaitingChild,
} from './append-event.ts';
import { authorizeAgainst, authorizeWith } from './authorize-event.ts';
import { rulesOf } from './current-state.ts';
import { encodeNids, type StoredEvent } from './event-cache.ts';
import { historyPositionBelow } from './history-position.ts';
import { stateAfterAll } from './state-before-event.ts';
import { type StateRoot, sameRoot } from './state-map.ts';

/** A PDU that passed the checks of `federation/verify-pdu.ts`. */
export type VerifiedPdu = { readonly eventId: EventId; readonly pdu: Pdu };

export type ReceiveVerdict =
  | { readonly kind: 'accepted'; readonly appended: Appended }
  | { readonly kind: 'soft-failed'; readonly appended: Appended; readonly reason: string }
  | { readonly kind: 'rejected'; readonly appended: Appended; readonly reason: string }
  | { readonly kind: 'duplicate' }
  /** Not stored: these events must be there first. */
  | {
      readonly kind: 'missing';
      readonly authEvents: readonly EventId[];
      readonly prevEvents: readonly EventId[];
    };

export type ReceiveOptions = {
  /** The state before the event as a resident server tells it, when its parents can't be had. */
  readonly stateBefore?: StateRoot;
  readonly place?: Place;
  /** False for the event with which we enter: the current state we know, if any, is not the room's. */
  readonly checkCurrentState?: boolean;
  /** Set when we are the resident server that lets the sender in: the room hears of it from us. */
  readonly relay?: { readonly except: string };
  /** The text that the PDU was read from, when it is at hand. */
  readonly json?: string;
};

export const receivePdu = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  verified: VerifiedPdu,
  options: ReceiveOptions = {},
): Promise<ReceiveVerdict> => {
  const { eventId, pdu } = verified;
  const known = await engine.events.byId(tx, eventId);
  if (known !== undefined && !known.outlier) return { kind: 'duplicate' };

  const authEvents = await lookUp(engine, tx, room, pdu.auth_events);
  const parents = await lookUp(engine, tx, room, pdu.prev_events, (event) => event.stateBefore !== null);
  const prevMissing = options.stateBefore === undefined ? parents.missing : [];
  if (authEvents.missing.length > 0 || prevMissing.length > 0) {
    return { kind: 'missing', authEvents: authEvents.missing, prevEvents: prevMissing };
  }

  const stateBefore = options.stateBefore ?? (await stateAfterAll(engine, tx, room, parents.found));
  const waiting = await childrenMissing(tx, room.room_nid, eventId);
  const place = options.place ?? (await placeOf(tx, room, waiting));
  const currentState =
    place.kind === 'history' || options.checkCurrentState === false ? undefined : room.state_root;
  const verdict = await judge(engine, tx, room, pdu, {
    authEvents: authEvents.found,
    stateBefore,
    currentState,
  });
  const appended = await appendEvent(engine, tx, room, {
    eventId,
    pdu,
    ...verdict,
    authEvents: authEvents.found,
    stateBefore,
    parents: parents.found,
    known,
    waiting,
    json: options.json,
    place,
    send: options.relay ? { kind: 'to-room', except: options.relay.except } : { kind: 'no' },
  });
  const reason = verdict.reason ?? '';
  return verdict.verdict === 'accepted'
    ? { kind: 'accepted', appended }
    : { kind: verdict.verdict, appended, reason };
};

/** Stores an event that others refer to and that has no place in the graph: checked by its auth events. */
export const receiveOutlier = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  verified: VerifiedPdu,
): Promise<
  | { readonly kind: 'stored'; readonly event: StoredEvent }
  | { readonly kind: 'missing'; readonly authEvents: readonly EventId[] }
> => {
  const { eventId, pdu } = verified;
  const known = await engine.events.byId(tx, eventId);
  if (known !== undefined) return { kind: 'stored', event: known };
  const authEvents = await lookUp(engine, tx, room, pdu.auth_events);
  if (authEvents.missing.length > 0) return { kind: 'missing', authEvents: authEvents.missing };
  const refusal = await refusedByAuthEvents(engine, tx, room, pdu, authEvents.found);
  const event = await engine.events.insert(tx, {
    ...(await identity(engine, tx, room.room_nid, eventId, pdu)),
    verdict: refusal === undefined ? 'accepted' : 'rejected',
    reason: refusal ?? null,
    outlier: 1,
    state_before: null,
    auth_nids: encodeNids(authEvents.found.map((auth) => auth.eventNid)),
    position: null,
    stream: null,
    redacted_by: null,
  });
  await recordAuthEdges(tx, event);
  return { kind: 'stored', event };
};

type Judgement =
  | { readonly verdict: 'accepted'; readonly reason?: undefined }
  | { readonly verdict: 'rejected' | 'soft-failed'; readonly reason: string };

const judge = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  pdu: Pdu,
  against: {
    readonly authEvents: readonly StoredEvent[];
    readonly stateBefore: StateRoot;
    /** Undefined for history: it can't evade a ban that came after it. */
    readonly currentState: StateRoot | undefined;
  },
): Promise<Judgement> => {
  // 4. "Passes authorisation rules based on the event's auth events, otherwise it is rejected."
  const byAuthEvents = await refusedByAuthEvents(engine, tx, room, pdu, against.authEvents);
  if (byAuthEvents !== undefined) return { verdict: 'rejected', reason: byAuthEvents };
  // 5. "Passes authorisation rules based on the state before the event, otherwise it is rejected."
  const before = await authorizeAgainst(engine, tx, room, pdu, against.stateBefore);
  if (!before.allowed) return { verdict: 'rejected', reason: before.reason };
  // 6. "Passes authorisation rules based on the current state of the room, otherwise it is soft failed."
  if (against.currentState === undefined) return { verdict: 'accepted' };
  // In most cases it is the same state, and was just asked.
  const now = sameRoot(against.currentState, against.stateBefore)
    ? before
    : await authorizeAgainst(engine, tx, room, pdu, against.currentState);
  if (!now.allowed) return { verdict: 'soft-failed', reason: now.reason };
  return { verdict: 'accepted' };
};

const refusedByAuthEvents = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  pdu: Pdu,
  authEvents: readonly StoredEvent[],
): Promise<string | undefined> => {
  const listed = checkAuthEvents(
    rulesOf(room),
    pdu,
    authEvents.map((event) => ({
      eventId: event.eventId,
      pdu: event.pdu,
      rejected: event.verdict === 'rejected',
    })),
  );
  if (!listed.allowed) return listed.reason;
  const allowed = await authorizeWith(engine, tx, room, pdu, authEvents);
  return allowed.allowed ? undefined : allowed.reason;
};

/** Finds events of this room; one of another room counts as absent, and the auth rules refuse it. */
const lookUp = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  eventIds: readonly EventId[],
  usable: (event: StoredEvent) => boolean = () => true,
): Promise<{ readonly found: readonly StoredEvent[]; readonly missing: readonly EventId[] }> => {
  const found: StoredEvent[] = [];
  const missing: EventId[] = [];
  for (const eventId of eventIds) {
    const event = await engine.events.byId(tx, eventId);
    if (event !== undefined && event.roomNid === room.room_nid && usable(event)) found.push(event);
    else missing.push(eventId);
  }
  return { found, missing };
};

/** An event that others wait for is older than them. */
const placeOf = async (tx: StoreTx, room: RoomRow, [child]: readonly WaitingChild[]): Promise<Place> => {
  return child === undefined
    ? { kind: 'live' }
    : { kind: 'history', position: await historyPositionBelow(tx, room.room_nid, child.child_nid) };
};
