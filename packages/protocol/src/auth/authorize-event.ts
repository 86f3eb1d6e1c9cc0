/**
 * The authorisation rules of all room versions, each under the specification's sentence, with the numbers of version
 * 12 (those that version 12 does not have, with the last that they had). Those about the event's own `auth_events` are in `check-auth-events.ts`; that the server
 * of `join_authorised_via_users_server` signed is part of the signature check (`requiredSigners`).
 *
 * @see https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
 */
import { eventIdOf } from '../events/event-hashes.ts';
import type { Pdu, UnsignedPdu } from '../events/pdu.ts';
import { type EventId, parseUserId, type RoomId, serverNameOf } from '../identifiers/identifiers.ts';
import { isJsonArray } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { getRoomVersion } from '../room-versions/room-versions.ts';
import type { AuthSubjects } from './auth-subjects.ts';
import { type AuthState, type AuthVerdict, allow, reject } from './auth-verdict.ts';
import { authorizeMembership } from './authorize-membership.ts';
import { authorizePowerLevels } from './authorize-power-levels.ts';
import { actionPowerLevel, powerLevelOf, requiredPowerLevel } from './power-levels.ts';

export type AuthContext = {
  /**
   * The room's create event, accepted. Where the room ID is its hash, it is the one that the room ID implies;
   * elsewhere one that is in the state goes before it.
   */
  readonly createEvent: Pdu;
  readonly roomId: RoomId;
  /** ID of `createEvent`; computed when it is needed and not given. */
  readonly createEventId?: EventId;
};

/** Whether a state allows an event. */
export function authorizeEvent(
  rules: RoomVersionRules,
  pdu: UnsignedPdu,
  state: AuthState,
  context: AuthContext,
): AuthVerdict {
  // 1. "If type is m.room.create:"
  if (pdu.type === 'm.room.create') return authorizeCreate(rules, pdu);
  // 2. "If the event's room_id is not an event ID for an accepted (not rejected) m.room.create event, with the
  // sigil ! instead of $, reject."
  if (pdu.room_id !== context.roomId) return reject('the event is of another room');
  const subjects = gatherSubjects(rules, pdu, state, context);
  // 4. "If the content of the m.room.create event in the room state has the property m.federate set to false,
  // and the sender domain of the event does not match the sender domain of the create event, reject."
  const { create } = subjects;
  if (create.content['m.federate'] === false && serverNameOf(pdu.sender) !== serverNameOf(create.sender)) {
    return reject('the room is not federated');
  }
  if (pdu.type === 'm.room.aliases' && rules.aliasesAuthRule) return authorizeAliases(pdu);
  // 5. "If type is m.room.member:"
  return pdu.type === 'm.room.member' ? authorizeMembership(subjects) : authorizeByMember(subjects);
}

function gatherSubjects(
  rules: RoomVersionRules,
  pdu: UnsignedPdu,
  state: AuthState,
  context: AuthContext,
): AuthSubjects {
  const inState = rules.roomIdIsCreateHash ? undefined : state('m.room.create', '');
  const create = inState ?? context.createEvent;
  const isGiven = create === context.createEvent;
  const powerLevels = state('m.room.power_levels', '');
  return {
    rules,
    pdu,
    state,
    create,
    createEventId: () => (isGiven ? context.createEventId : undefined) ?? eventIdOf(rules, create),
    powerLevels,
    senderLevel: powerLevelOf(rules, create, powerLevels, pdu.sender),
  };
}

/** Rule 1. */
function authorizeCreate(rules: RoomVersionRules, pdu: UnsignedPdu): AuthVerdict {
  const { room_version, creator, additional_creators } = pdu.content;
  // "If it has any prev_events, reject."
  if (pdu.prev_events.length > 0) return reject('a create event has no previous events');
  if (rules.roomIdIsCreateHash) {
    // "If the event has a room_id, reject."
    if (pdu.room_id !== undefined) return reject('the create event has a room_id');
  } else if (pdu.room_id === undefined || serverNameOf(pdu.room_id) !== serverNameOf(pdu.sender)) {
    // "If the domain of the room_id does not match the domain of the sender, reject."
    return reject('the room ID is of another server than the sender');
  }
  // "If content.room_version is present and is not a recognised version, reject."
  const isRecognised = typeof room_version === 'string' && getRoomVersion(room_version) !== undefined;
  if (room_version !== undefined && !isRecognised) return reject('the room version is not recognised');
  // "If content has no creator property, reject."
  if (!rules.creatorIsSender && creator === undefined) return reject('content has no creator');
  // "If additional_creators is present in content and is not an array of strings where each string passes the
  // same user ID validation applied to sender, reject."
  if (rules.privilegedCreators && additional_creators !== undefined) {
    const areUserIds =
      isJsonArray(additional_creators) &&
      additional_creators.every((id) => typeof id === 'string' && parseUserId(id) !== undefined);
    if (!areUserIds) return reject('additional_creators is not a list of user IDs');
  }
  // "Otherwise, allow."
  return allow;
}

/** Rule 4 up to version 5: anybody names what is on their own server. */
function authorizeAliases({ sender, state_key }: UnsignedPdu): AuthVerdict {
  // "If event has no state_key, reject."
  if (state_key === undefined) return reject('aliases need a state key');
  // "If sender's domain doesn't match state_key, reject."
  if (serverNameOf(sender) !== state_key) return reject('the aliases are of another server');
  // "Otherwise, allow."
  return allow;
}

/** Rules 6 to 11: what a member of the room may send. */
function authorizeByMember(subjects: AuthSubjects): AuthVerdict {
  const { rules, pdu, state, powerLevels, senderLevel } = subjects;
  // 6. "If the sender's current membership state is not join, reject."
  if (state('m.room.member', pdu.sender)?.content.membership !== 'join')
    return reject('the sender is not joined');
  // 7. "If type is m.room.third_party_invite: Allow if and only if sender's current power level is greater than
  // or equal to the invite level."
  if (pdu.type === 'm.room.third_party_invite') {
    return senderLevel >= actionPowerLevel(rules, powerLevels, 'invite') ? allow : reject('may not invite');
  }
  // 8. "If the event type's required power level is greater than the sender's power level, reject."
  const required = requiredPowerLevel(rules, powerLevels, pdu.type, pdu.state_key !== undefined);
  if (!(required <= senderLevel))
    return reject(`needs power level ${required}, the sender has ${senderLevel}`);
  // 9. "If the event has a state_key that starts with an @ and does not match the sender, reject."
  if (pdu.state_key?.startsWith('@') && pdu.state_key !== pdu.sender) {
    return reject('the state key is another user');
  }
  // 10. "If type is m.room.power_levels:"
  if (pdu.type === 'm.room.power_levels') return authorizePowerLevels(subjects);
  if (pdu.type === 'm.room.redaction' && rules.redactionAuthRule) return authorizeRedaction(subjects);
  // 11. "Otherwise, allow."
  return allow;
}

/** Rule 11 of versions 1 and 2. */
function authorizeRedaction({ rules, pdu, powerLevels, senderLevel }: AuthSubjects): AuthVerdict {
  // "If the sender's power level is greater than or equal to the redact level, allow."
  if (senderLevel >= actionPowerLevel(rules, powerLevels, 'redact')) return allow;
  // "If the domain of the event_id of the event being redacted is the same as the domain of the event_id of the
  // m.room.redaction, allow."
  const target = typeof pdu.redacts === 'string' ? serverNameOf(pdu.redacts) : undefined;
  const own = pdu.event_id === undefined ? undefined : serverNameOf(pdu.event_id);
  if (target !== undefined && target === own) return allow;
  // "Otherwise, reject."
  return reject('the sender may not redact events of another server');
}
