import { authorizeEvent } from '../auth/authorize-event.ts';
import type { Pdu } from '../events/pdu.ts';
import { type RoomId, roomIdOfCreateEvent } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { ConflictedEvent } from './conflicted-event.ts';
import { type StateEvent, stateKeyOf } from './state-map.ts';
import { readingContents, type Steps } from './steps.ts';

export type IterativeAuthContext = {
  readonly rules: RoomVersionRules;
  readonly createEvent: StateEvent;
  /** The state that the partially resolved one lies upon. */
  readonly initial: (key: string) => StateEvent | undefined;
};

/**
 * "The iterative auth checks algorithm takes as input an initial room state and a sorted list of state events,
 * and constructs a new room state by iterating through the event list and applying the state event to the room
 * state if the state event is allowed by the authorisation rules."
 *
 * Writes what was allowed into `resolved`.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v2/#definitions
 */
export function* applyIterativeAuth(
  context: IterativeAuthContext,
  resolved: Map<string, StateEvent>,
  events: readonly ConflictedEvent[],
): Steps<void> {
  const { rules, createEvent } = context;
  const roomId = roomIdOfRoom(rules, createEvent);
  for (const event of events) {
    yield;
    const state = (type: string, stateKey: string): Pdu | undefined => {
      const key = stateKeyOf(type, stateKey);
      return (resolved.get(key) ?? context.initial(key) ?? citedState(event, type, stateKey))?.pdu;
    };
    const verdict = yield* readingContents(() =>
      authorizeEvent(rules, event.pdu, state, {
        createEvent: createEvent.pdu,
        createEventId: createEvent.eventId,
        roomId,
      }),
    );
    if (verdict.allowed) resolved.set(event.key, event);
  }
}

/**
 * "If a (event_type, state_key) key that is required for checking the authorisation rules is not present in the
 * state, then the appropriate state event from the event's auth_events is used if the auth event is not
 * rejected."
 */
function citedState(event: ConflictedEvent, type: string, stateKey: string): StateEvent | undefined {
  return event.authEvents.find(
    ({ pdu, rejected }) => !rejected && pdu.type === type && pdu.state_key === stateKey,
  );
}

function roomIdOfRoom(rules: RoomVersionRules, { eventId, pdu }: StateEvent): RoomId {
  const roomId = rules.roomIdIsCreateHash ? roomIdOfCreateEvent(eventId) : pdu.room_id;
  if (roomId === undefined) throw new TypeError('the create event has no room_id');
  return roomId;
}
