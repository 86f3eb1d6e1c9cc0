import type { UnsignedPdu } from '../events/pdu.ts';
import { isJsonObject } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';

/** What the auth events of an event are selected by. */
export type AuthSubject = Pick<UnsignedPdu, 'type' | 'sender' | 'state_key' | 'content'>;

export type StateKeyPair = readonly [type: string, stateKey: string];

/**
 * Which entries of the room state give an event its auth events. Each pair comes once; the create event comes
 * first where it is selected at all.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#auth-events-selection
 */
export function authTypesFor(rules: RoomVersionRules, event: AuthSubject): readonly StateKeyPair[] {
  // "The auth_events for the m.room.create event in a room is empty"
  if (event.type === 'm.room.create') return [];
  const pairs: StateKeyPair[] = [];
  // "Depending on the room version, the m.room.create event."
  if (!rules.roomIdIsCreateHash) pairs.push(['m.room.create', '']);
  // "The current m.room.power_levels event, if any."
  pairs.push(['m.room.power_levels', '']);
  // "The sender's current m.room.member event, if any."
  pairs.push(['m.room.member', event.sender]);
  if (event.type === 'm.room.member') pairs.push(...pairsOfMembership(rules, event));
  return pairs;
}

function pairsOfMembership(rules: RoomVersionRules, event: AuthSubject): readonly StateKeyPair[] {
  const {
    membership,
    third_party_invite: invite,
    join_authorised_via_users_server: authoriser,
  } = event.content;
  const pairs: StateKeyPair[] = [];
  // "The target's current m.room.member event, if any."
  if (event.state_key !== undefined && event.state_key !== event.sender) {
    pairs.push(['m.room.member', event.state_key]);
  }
  // "If membership is join, invite or knock, the current m.room.join_rules event, if any."
  if (membership === 'join' || membership === 'invite' || (membership === 'knock' && rules.knock)) {
    pairs.push(['m.room.join_rules', '']);
  }
  // "If membership is invite and content contains a third_party_invite property, the current
  // m.room.third_party_invite event with state_key matching content.third_party_invite.signed.token, if any."
  if (membership === 'invite' && isJsonObject(invite) && isJsonObject(invite.signed)) {
    const { token } = invite.signed;
    if (typeof token === 'string') pairs.push(['m.room.third_party_invite', token]);
  }
  // "If membership is join, content.join_authorised_via_users_server is present, and the room version supports
  // restricted rooms, then the m.room.member event with state_key matching
  // content.join_authorised_via_users_server."
  if (membership === 'join' && rules.restrictedJoins && typeof authoriser === 'string') {
    if (authoriser !== event.sender && authoriser !== event.state_key)
      pairs.push(['m.room.member', authoriser]);
  }
  return pairs;
}
