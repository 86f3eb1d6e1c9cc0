/**
 * State resolution, versions 2 (room versions 2 to 11) and 2.1 (from room version 12); version 1 is in
 * `resolve-v1.ts`.
 *
 * Given the room states {S1, S2, …} to resolve:
 *
 * - **Unconflicted state map**: the pairs of state key and event that are the same in every Si.
 * - **Conflicted state set**: all other events that some Si holds. A key that only some Si have is conflicted.
 * - **Auth chain** of an event: its auth events, their auth events, and so on; the event itself is not part of it.
 * - **Auth difference**: with Ci the union of the auth chains of all events in Si, every event that is in some Ci
 *   but not in all of them. Events of the unconflicted state map are left out, as deployed servers do: they count
 *   an event of Si as part of Ci. (Conflicted events belong to the full conflicted set anyway, so whether they are
 *   listed makes no difference.)
 * - **Conflicted state subgraph** (2.1 only): every event on a path along `auth_events` edges from one event of the
 *   conflicted state set to another, whatever state or chain the events between belong to. In other words: the
 *   events that are both reachable from a conflicted event and able to reach one, each counted as reaching itself.
 * - **Full conflicted set**: the union of conflicted state set, auth difference and (2.1) subgraph.
 *
 * ```text
 *            full conflicted set
 *     ┌──────────────┴──────────────┐
 *  power events with what         the rest
 *  they rest on, by power            │
 *     │                              │
 *     └─ iterative auth checks ─> partial state ─> the rest by mainline ─> iterative auth checks
 *           from: unconflicted (2), nothing (2.1)                              │
 *                                                      unconflicted state map over the result
 * ```
 *
 * @see https://spec.matrix.org/v1.19/rooms/v12/#state-resolution
 * @see https://spec.matrix.org/v1.19/rooms/v2/#state-resolution
 */
import { authTypesFor } from '../auth/auth-events-selection.ts';
import { authEventIds } from '../events/event-references.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { type ConflictedEvent, compareEventIds } from './conflicted-event.ts';
import { applyIterativeAuth, type IterativeAuthContext } from './iterative-auth.ts';
import { sortByMainline } from './mainline-order.ts';
import { selectPowerEvents, sortByPower } from './power-order.ts';
import { resolveV1 } from './resolve-v1.ts';
import { type StateEvent, type StateMap, stateKeyOf } from './state-map.ts';
import { readingContents, runSteps, type Steps, sortInSteps } from './steps.ts';

export type ConflictedState = {
  readonly rules: RoomVersionRules;
  /** For each conflicted state key, the events that some state holds there, each once. */
  readonly conflicted: ReadonlyMap<string, readonly EventId[]>;
  /** The unconflicted state map. */
  readonly unconflicted: (key: string) => EventId | undefined;
  /** Read by versions 2 and 2.1. */
  readonly authDifference: readonly EventId[];
  /** Read by version 2.1 only. */
  readonly conflictedSubgraph: readonly EventId[];
  /**
   * Looks an event up. Asked for the full conflicted set, its auth events, the unconflicted events that authorise
   * it (2 only) and the chains of power levels that it rests on. The `content` of an event but the create event's may throw
   * `ContentElsewhereError`; then the steps ask for it.
   */
  readonly event: (id: EventId) => StateEvent | undefined;
  readonly createEvent: StateEvent;
};

export type Resolution =
  | {
      readonly kind: 'resolved';
      /**
       * The resolved state of all keys that are not unconflicted. A conflicted key that is not here has no event
       * in the resolved state.
       */
      readonly state: StateMap;
    }
  /** Events that `event` did not give; make them known and try again. */
  | { readonly kind: 'missing'; readonly eventIds: readonly EventId[] };

/** Resolves what is in conflict. The result does not depend on the order of anything in the input. */
export const resolveConflicts = (input: ConflictedState): Resolution =>
  runSteps(resolveConflictsInSteps(input));

/** The same, an event or a few of them in each step. */
export function* resolveConflictsInSteps(input: ConflictedState): Steps<Resolution> {
  if (input.rules.stateResolution === 'v1') return yield* resolveV1(input);
  const missing = new Set<EventId>();
  const events = yield* gatherFullConflictedSet(input, missing);
  const startsEmpty = input.rules.stateResolution === 'v2.1';
  const initial = startsEmpty ? () => undefined : yield* gatherInitialState(input, events, missing);
  if (missing.size > 0) return { kind: 'missing', eventIds: [...missing] };
  const context: IterativeAuthContext = { rules: input.rules, createEvent: input.createEvent, initial };
  const resolved = new Map<string, StateEvent>();

  // "1. Select the set X of all power events ... Sort X into a list using the reverse topological power ordering."
  const powerEvents = yield* selectPowerEvents(events);
  // "2. Apply the iterative auth checks algorithm ... to get a partially resolved state."
  const byPower = yield* sortByPower(input.rules, input.createEvent, powerEvents);
  yield* applyIterativeAuth(context, resolved, byPower);

  // "3. Take all remaining events that weren't picked in step 1 and order them by the mainline ordering based on
  // the power level in the partially resolved state obtained in step 2."
  const remaining = [...events.values()].filter(({ eventId }) => !powerEvents.has(eventId));
  const powerLevelsKey = stateKeyOf('m.room.power_levels', '');
  const powerLevels = resolved.get(powerLevelsKey) ?? initial(powerLevelsKey);
  const order = yield* sortByMainline(powerLevels, remaining, input.event);
  if (order.kind === 'missing') return order;
  // "4. Apply the iterative auth checks algorithm on the partial resolved state and the list of events from the
  // previous step."
  yield* applyIterativeAuth(context, resolved, order.events);

  // "5. Update the result by replacing any event with the event with the same key from the unconflicted state map,
  // if such an event exists, to get the final resolved state."
  const state = new Map<string, EventId>();
  for (const [key, { eventId }] of resolved) {
    if (input.unconflicted(key) === undefined) state.set(key, eventId);
  }
  return { kind: 'resolved', state };
}

function* gatherFullConflictedSet(
  input: ConflictedState,
  missing: Set<EventId>,
): Steps<ReadonlyMap<EventId, ConflictedEvent>> {
  const ids = new Set([...input.conflicted.values()].flat());
  for (const id of input.authDifference) ids.add(id);
  if (input.rules.stateResolution === 'v2.1') for (const id of input.conflictedSubgraph) ids.add(id);
  const events = new Map<EventId, ConflictedEvent>();
  // Sorted, so that nothing after this can depend on the order of the input.
  for (const id of yield* sortInSteps([...ids], compareEventIds)) {
    yield;
    const event = input.event(id);
    if (event === undefined) missing.add(id);
    // Only state events can be in a state or authorise others.
    else if (event.pdu.state_key !== undefined) {
      const key = stateKeyOf(event.pdu.type, event.pdu.state_key);
      events.set(id, { ...event, key, authEvents: gatherAuthEvents(input, event, missing) });
    }
  }
  return events;
}

function gatherAuthEvents(
  input: ConflictedState,
  event: StateEvent,
  missing: Set<EventId>,
): readonly StateEvent[] {
  const found: StateEvent[] = [];
  for (const id of authEventIds(event.pdu)) {
    const authEvent = input.event(id);
    if (authEvent === undefined) missing.add(id);
    else found.push(authEvent);
  }
  return found;
}

/** The part of the unconflicted state map that can authorise the events, and the power levels in any case. */
function* gatherInitialState(
  input: ConflictedState,
  events: ReadonlyMap<EventId, ConflictedEvent>,
  missing: Set<EventId>,
): Steps<(key: string) => StateEvent | undefined> {
  const gathered = new Map<string, StateEvent | undefined>();
  const gather = (key: string): void => {
    if (gathered.has(key)) return;
    const id = input.unconflicted(key);
    const event = id === undefined ? undefined : input.event(id);
    if (id !== undefined && event === undefined) missing.add(id);
    gathered.set(key, event);
  };
  gather(stateKeyOf('m.room.power_levels', ''));
  for (const { pdu } of events.values()) {
    yield;
    const keys = yield* readingContents(() => authTypesFor(input.rules, pdu));
    for (const [type, stateKey] of keys) gather(stateKeyOf(type, stateKey));
  }
  return (key) => gathered.get(key);
}
