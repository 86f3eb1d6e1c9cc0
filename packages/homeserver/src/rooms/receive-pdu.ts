/**
 * The door that every PDU comes through, in the order of the specification's checks. Format, signatures and
 * content hash (1 to 3) are `federation/verify-pdu.ts`, because keys may have to be fetched; the rest is
 * here, inside a write transaction, and asks the network nothing: what is missing is named in the verdict.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
 */
import { checkAuthEvents, type EventId, type Pdu, prevEventIds, authEventIds } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { lacksMembers } from '../federation/left-out-members.ts';
import { optional } from '../optional-field.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import {
  type Appended,
  appendEvent,
  childrenMissing,
  insertOutlier,
  type Place,
  type WaitingChild,
} from './append-event.ts';
import { authorizeAgainst, authorizeWith } from './authorize-event.ts';
import { withMembersOf } from './borrowed-members.ts';
import { rulesOf } from './current-state.ts';
import type { StoredEvent } from './event-cache.ts';
import { historyPositionBelow } from './history-position.ts';
import { isUnresolved, type Unresolved } from './resolutions.ts';
import { isSignedByPolicy, needsPolicySignature, policyServerOf } from './policy-server.ts';
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
    }
  /** Not in the graph yet: these states must be resolved first, outside of the transaction. */
  | Unresolved;

export type ReceiveOptions = {
  /** The state before the event as a resident server tells it, when its parents can't be had. */
  readonly stateBefore?: StateRoot;
  readonly place?: Place;
  /** Only a state that had to be believed leads to it: it is no end of the graph unless there is no other. */
  readonly isBridge?: boolean;
  /** False for the event with which we enter: the current state we know, if any, is not the room's. */
  readonly checkCurrentState?: boolean;
  /** The given `stateBefore` lacks members. Where none is given, it is known whether the states of the room do. */
  readonly lacksMembers?: boolean;
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
  const { eventId } = verified;
  const known = await engine.events.byId(tx, eventId);
  if (known !== undefined && known.roomNid !== room.room_nid) dropAsTaken(engine, room, eventId);
  if (known !== undefined && (!known.outlier || known.roomNid !== room.room_nid)) {
    return { kind: 'duplicate' };
  }
  // Where authors choose event IDs, the first event with an ID is the one.
  const isChosen = rulesOf(room).eventIdFormat === 'sender-chosen';
  const pdu = known !== undefined && isChosen ? known.pdu : verified.pdu;

  const authEvents = await lookUp(engine, tx, room, authEventIds(pdu));
  const parents = await lookUp(engine, tx, room, prevEventIds(pdu), (event) => event.stateBefore !== null);
  const prevMissing = options.stateBefore === undefined ? parents.missing : [];
  if (authEvents.missing.length > 0 || prevMissing.length > 0) {
    return { kind: 'missing', authEvents: authEvents.missing, prevEvents: prevMissing };
  }

  const told = options.stateBefore ?? (await stateAfterAll(engine, tx, room, parents.found));
  if (isUnresolved(told)) return told;
  const isLacking = await lacksMembers(tx, room.room_nid);
  const whole = (root: StateRoot) => withMembersOf(engine, tx, room, root, authEvents.found);
  const isToldLacking = options.lacksMembers ?? (isLacking && options.stateBefore === undefined);
  const stateBefore = isToldLacking ? await whole(told) : told;
  const waiting = await childrenMissing(tx, room.room_nid, eventId);
  const place = options.place ?? (await placeOf(tx, room, waiting));
  const isOfNow = place.kind !== 'history' && options.checkCurrentState !== false;
  const currentState = !isOfNow ? undefined : isLacking ? await whole(room.state_root) : room.state_root;
  const verdict = await judgePdu(engine, tx, room, pdu, {
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
    isBridge: options.isBridge ?? false,
    send: options.relay ? { kind: 'to-room', except: options.relay.except } : { kind: 'no' },
  });
  if (isUnresolved(appended)) return appended;
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
  if (known !== undefined && known.roomNid !== room.room_nid) {
    dropAsTaken(engine, room, eventId);
    return { kind: 'missing', authEvents: [] };
  }
  if (known !== undefined) return { kind: 'stored', event: known };
  const authEvents = await lookUp(engine, tx, room, authEventIds(pdu));
  if (authEvents.missing.length > 0) return { kind: 'missing', authEvents: authEvents.missing };
  const refusal = await refusedByAuthEvents(engine, tx, room, pdu, authEvents.found);
  const event = await insertOutlier(engine, tx, room, {
    eventId,
    pdu,
    verdict: refusal === undefined ? 'accepted' : 'rejected',
    ...optional('reason', refusal),
    authEvents: authEvents.found,
  });
  return { kind: 'stored', event };
};

/** Only where authors choose event IDs can an event of another room have the same one. */
const dropAsTaken = (engine: Engine, room: RoomRow, eventId: EventId): void =>
  engine.log.info('pdu dropped', {
    room_id: room.room_id,
    event_id: eventId,
    reason: 'an event of another room has its ID',
  });

type Judgement =
  | { readonly verdict: 'accepted'; readonly reason?: undefined }
  | { readonly verdict: 'rejected' | 'soft-failed'; readonly reason: string };

/** Checks 4 to 7. */
export const judgePdu = async (
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
  // 7. "Is validated by the Policy Server, if the room is using a Policy Server, otherwise it is soft failed."
  const policyServer = needsPolicySignature(pdu) ? await policyServerOf(engine, tx, room) : undefined;
  if (policyServer !== undefined && !isSignedByPolicy(rulesOf(room), pdu, policyServer)) {
    return { verdict: 'soft-failed', reason: `the policy server ${policyServer.via} has not signed it` };
  }
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
