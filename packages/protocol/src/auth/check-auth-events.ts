import type { Pdu } from '../events/pdu.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { authTypesFor } from './auth-events-selection.ts';
import { type AuthVerdict, allow, reject } from './auth-verdict.ts';

export type AuthEvent = { readonly eventId: EventId; readonly pdu: Pdu; readonly rejected: boolean };

/**
 * The authorisation rules about an event's own `auth_events`: rule 2 up to version 11, rule 3 from version 12.
 *
 * `authEvents` has one member for each entry of `auth_events`, repeated entries included; entries that are not
 * known must have been fetched before.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
 */
export function checkAuthEvents(
  rules: RoomVersionRules,
  pdu: Pdu,
  authEvents: readonly AuthEvent[],
): AuthVerdict {
  // Rule 1 decides on create events before their auth events are looked at.
  if (pdu.type === 'm.room.create') return allow;
  const selected = new Set(authTypesFor(rules, pdu).map(([type, stateKey]) => `${type}\0${stateKey}`));
  const seen = new Set<string>();
  for (const { eventId, pdu: authEvent, rejected } of authEvents) {
    const pair = authEvent.state_key === undefined ? undefined : `${authEvent.type}\0${authEvent.state_key}`;
    // "If there are duplicate entries for a given type and state_key pair, reject."
    if (pair !== undefined && seen.has(pair))
      return reject(`auth event ${eventId} repeats a type and state key`);
    // "If there are entries whose type and state_key don't match those specified by the auth events selection
    // algorithm described in the server specification, reject."
    if (pair === undefined || !selected.has(pair))
      return reject(`auth event ${eventId} is not one to select`);
    // "If there are entries which were themselves rejected under the checks performed on receipt of a PDU,
    // reject."
    if (rejected) return reject(`auth event ${eventId} was rejected`);
    // "If any event in auth_events has a room_id which does not match that of the event being authorised,
    // reject."
    if (authEvent.room_id !== pdu.room_id) return reject(`auth event ${eventId} is of another room`);
    seen.add(pair);
  }
  // "If there is no m.room.create event among the entries, reject." Where the room ID implies it, it is not
  // selected.
  if (!rules.roomIdIsCreateHash && !seen.has('m.room.create\0'))
    return reject('no create event among auth events');
  return allow;
}
