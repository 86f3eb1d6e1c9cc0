import type { Pdu, UnsignedPdu } from '../events/pdu.ts';
import type { EventId, RoomId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';

/** Current state, asked by type and state key. */
export type AuthState = (type: string, stateKey: string) => Pdu | undefined;

export type AuthVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export type AuthContext = {
  /** The room's create event, accepted; where the room ID implies it, the one that it implies. */
  readonly createEvent: Pdu;
  readonly roomId: RoomId;
};

export type AuthEvent = { readonly eventId: EventId; readonly pdu: Pdu; readonly rejected: boolean };

/** Which state an event's auth events are selected from. */
export function authTypesFor(
  rules: RoomVersionRules,
  event: Pick<UnsignedPdu, 'type' | 'sender' | 'state_key' | 'content'>,
): readonly (readonly [type: string, stateKey: string])[] {
  throw new Error(`not yet ${rules.id} ${event.type}`);
}

/** The authorisation rules against a state, without those about the event's own `auth_events`. */
export function authorizeEvent(
  rules: RoomVersionRules,
  pdu: UnsignedPdu,
  state: AuthState,
  context: AuthContext,
): AuthVerdict {
  throw new Error(`not yet ${rules.id} ${pdu.type} ${typeof state} ${context.roomId}`);
}

/** The authorisation rules about an event's own `auth_events`. */
export function checkAuthEvents(
  rules: RoomVersionRules,
  pdu: Pdu,
  authEvents: readonly AuthEvent[],
): AuthVerdict {
  throw new Error(`not yet ${rules.id} ${pdu.type} ${authEvents.length}`);
}
