/**
 * State resolution of room version 1.
 *
 * ```text
 *            R: the union of the states without what is in conflict
 * power levels ─> R ─> join rules ─> R ─> members ─> R ─> the rest
 *      (by depth, as long as each event is allowed by R with the one before it)      (the deepest that R allows)
 * ```
 *
 * The conflicts of one pass do not see each other's outcome, or the result would depend on their order.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v1/#state-resolution
 */
import { hash } from 'node:crypto';
import { authTypesFor } from '../auth/auth-events-selection.ts';
import { authorizeEvent } from '../auth/authorize-event.ts';
import { depthOf } from '../events/event-references.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { ConflictedState, Resolution } from './resolve-conflicts.ts';
import { type StateEvent, stateKeyOf } from './state-map.ts';
import { readingContents, type Steps } from './steps.ts';

/** "Repeat the above process": the passes in which one event after the other is tried. */
const passes = ['m.room.power_levels', 'm.room.join_rules', 'm.room.member'] as const;

export function* resolveV1(input: ConflictedState): Steps<Resolution> {
  const missing = new Set<EventId>();
  const { certain, conflicts } = yield* gatherConflicts(input, missing);
  const initial = yield* gatherInitialState(input, conflicts, missing);
  if (missing.size > 0) return { kind: 'missing', eventIds: [...missing] };
  const r = new Map<string, StateEvent>([...initial, ...certain]);
  const left = new Map(conflicts);
  for (const type of passes) {
    yield* resolvePass(r, left, type, (events) => lastAllowedInTurn(input, r, events));
  }
  yield* resolvePass(r, left, undefined, (events) => deepestAllowed(input, r, events));
  const state = new Map<string, EventId>();
  for (const key of [...certain.keys(), ...conflicts.keys()]) {
    const event = r.get(key);
    if (event !== undefined) state.set(key, event.eventId);
  }
  return { kind: 'resolved', state };
}

type Conflicts = ReadonlyMap<string, readonly StateEvent[]>;

/**
 * "A conflict occurs between states where those states have different event_ids for the same (event_type,
 * state_key)": what only some states have is certain.
 */
function* gatherConflicts(
  input: ConflictedState,
  missing: Set<EventId>,
): Steps<{ readonly certain: ReadonlyMap<string, StateEvent>; readonly conflicts: Conflicts }> {
  const certain = new Map<string, StateEvent>();
  const conflicts = new Map<string, readonly StateEvent[]>();
  for (const [key, ids] of input.conflicted) {
    yield;
    const events = ids.map((id) => {
      const event = input.event(id);
      if (event === undefined) missing.add(id);
      return event;
    });
    const [only] = events;
    if (events.length > 1) conflicts.set(key, events.filter((event) => event !== undefined).sort(byDepth));
    else if (only !== undefined) certain.set(key, only);
  }
  return { certain, conflicts };
}

/** What of the unconflicted state authorises events in conflict. */
function* gatherInitialState(
  input: ConflictedState,
  conflicts: Conflicts,
  missing: Set<EventId>,
): Steps<StateMapOfEvents> {
  const gathered = new Map<string, StateEvent>();
  const asked = new Set<string>();
  for (const { pdu } of [...conflicts.values()].flat()) {
    const keys = yield* readingContents(() => authTypesFor(input.rules, pdu));
    for (const [type, stateKey] of keys) asked.add(stateKeyOf(type, stateKey));
  }
  for (const key of asked) {
    const id = input.unconflicted(key);
    const event = id === undefined ? undefined : input.event(id);
    if (event !== undefined) gathered.set(key, event);
    else if (id !== undefined) missing.add(id);
  }
  return gathered;
}

type StateMapOfEvents = ReadonlyMap<string, StateEvent>;

/** Resolves the conflicts of one type, or all that are left, and puts what came out into R. */
function* resolvePass(
  r: Map<string, StateEvent>,
  left: Map<string, readonly StateEvent[]>,
  type: string | undefined,
  choose: (events: readonly StateEvent[]) => Steps<StateEvent | undefined>,
): Steps<void> {
  const chosen = new Map<string, StateEvent>();
  for (const [key, events] of left) {
    if (type !== undefined && events[0]?.pdu.type !== type) continue;
    const event = yield* choose(events);
    if (event !== undefined) chosen.set(key, event);
    left.delete(key);
  }
  for (const [key, event] of chosen) r.set(key, event);
}

/**
 * "Add the first event in the list to R. For each subsequent event in the list, check that the event would be
 * allowed by the authorisation rules for a room in state R. If the event would be allowed, then update R with the
 * event and continue with the next event in the list. If it would not be allowed, stop".
 */
function* lastAllowedInTurn(
  input: ConflictedState,
  r: StateMapOfEvents,
  events: readonly StateEvent[],
): Steps<StateEvent | undefined> {
  let [last] = events;
  for (const event of events.slice(1)) {
    yield;
    const instead = last;
    if (!(yield* readingContents(() => isAllowed(input, r, event, instead)))) break;
    last = event;
  }
  return last;
}

/**
 * "Pick the event with the highest depth and lowest sha1(event_id) that passes authentication in R". When none
 * does, deployed servers take the last one that they tried; the specification does not say.
 */
function* deepestAllowed(
  input: ConflictedState,
  r: StateMapOfEvents,
  events: readonly StateEvent[],
): Steps<StateEvent | undefined> {
  for (const event of events.toReversed()) {
    yield;
    if (yield* readingContents(() => isAllowed(input, r, event))) return event;
  }
  return events[0];
}

function isAllowed(
  { rules, createEvent }: ConflictedState,
  r: StateMapOfEvents,
  event: StateEvent,
  instead?: StateEvent,
): boolean {
  const { room_id: roomId } = createEvent.pdu;
  if (roomId === undefined) throw new TypeError('the create event has no room_id');
  const key = stateKeyOf(event.pdu.type, event.pdu.state_key ?? '');
  const state = (type: string, stateKey: string) => {
    const asked = stateKeyOf(type, stateKey);
    return (asked === key && instead !== undefined ? instead : r.get(asked))?.pdu;
  };
  const context = { createEvent: createEvent.pdu, createEventId: createEvent.eventId, roomId };
  return authorizeEvent(rules, event.pdu, state, context).allowed;
}

/** "Sort the list by ascending depth then descending sha1(event_id)." */
function byDepth(a: StateEvent, b: StateEvent): number {
  const [depthA, depthB] = [depthOf(a.pdu), depthOf(b.pdu)];
  if (depthA !== depthB) return depthA < depthB ? -1 : 1;
  const [hashA, hashB] = [sha1(a.eventId), sha1(b.eventId)];
  if (hashA === hashB) return 0;
  return hashA > hashB ? -1 : 1;
}

function sha1(eventId: EventId): string {
  return hash('sha1', eventId, 'hex');
}
