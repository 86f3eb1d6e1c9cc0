/**
 * Rule 5: who may change whose membership.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
 */
import { prevEventIds } from '../events/event-references.ts';
import { parseUserId, type UserId } from '../identifiers/identifiers.ts';
import type { JsonValue } from '../json/json-value.ts';
import { type AuthVerdict, allow, reject } from './auth-verdict.ts';
import type { AuthSubjects } from './auth-subjects.ts';
import { authorizeThirdPartyInvite } from './authorize-third-party-invite.ts';
import { actionPowerLevel, type PowerLevel, powerLevelOf, readLevel, roomCreators } from './power-levels.ts';

export function authorizeMembership(subjects: AuthSubjects): AuthVerdict {
  const { rules, pdu } = subjects;
  const { membership, join_authorised_via_users_server: authoriser } = pdu.content;
  // 5.1 "If there is no state_key property, or no membership property in content, reject."
  if (pdu.state_key === undefined || membership === undefined) return reject('no state_key or no membership');
  // 5.2 "If content has a join_authorised_via_users_server key: If the event is not validly signed by the
  // homeserver of the user ID denoted by the key, reject." Signatures are checked before; see `requiredSigners`.
  if (rules.restrictedJoins && authoriser !== undefined && asUserId(authoriser) === undefined) {
    return reject('join_authorised_via_users_server is not a user ID');
  }
  const target = pdu.state_key;
  switch (membership) {
    case 'join':
      return authorizeJoin(subjects, target);
    case 'invite':
      return authorizeInvite(subjects, target);
    case 'leave':
      return authorizeLeave(subjects, target);
    case 'ban':
      return authorizeBan(subjects, target);
    case 'knock':
      return rules.knock ? authorizeKnock(subjects, target) : reject('this room version has no knocking');
    default:
      // 5.8 "Otherwise, the membership is unknown. Reject."
      return reject('unknown membership');
  }
}

/** Rule 5.3. */
function authorizeJoin(subjects: AuthSubjects, target: string): AuthVerdict {
  const { rules, pdu, create } = subjects;
  // 5.3.1 "If the only previous event is an m.room.create and the state_key is the sender of the m.room.create,
  // allow." Before version 11: "is the creator".
  const [onlyPrevious] = pdu.prev_events.length === 1 ? prevEventIds(pdu) : [];
  if (roomCreators(rules, create)[0] === target && onlyPrevious === subjects.createEventId()) return allow;
  // 5.3.2 "If the sender does not match state_key, reject."
  if (pdu.sender !== target) return reject('nobody joins for somebody else');
  const current = membershipOf(subjects, pdu.sender);
  // 5.3.3 "If the sender is banned, reject."
  if (current === 'ban') return reject('the sender is banned');
  const isJoinedOrInvited = current === 'join' || current === 'invite';
  switch (joinRule(subjects)) {
    // 5.3.4 "If the join_rule is invite or knock then allow if membership state is invite or join."
    case 'invite':
      return isJoinedOrInvited ? allow : reject('the sender is not invited');
    case 'knock':
      return rules.knock && isJoinedOrInvited ? allow : reject('the sender is not invited');
    // 5.3.5 "If the join_rule is restricted or knock_restricted: If membership state is join or invite, allow."
    case 'restricted':
      if (!rules.restrictedJoins) return reject('this room version has no restricted joins');
      return isJoinedOrInvited ? allow : authorizeRestrictedJoin(subjects);
    case 'knock_restricted':
      if (!rules.knockRestrictedJoins) return reject('this room version has no knock_restricted');
      return isJoinedOrInvited ? allow : authorizeRestrictedJoin(subjects);
    // 5.3.6 "If the join_rule is public, allow."
    case 'public':
      return allow;
    // 5.3.7 "Otherwise, reject."
    default:
      return reject('the join rule does not allow it');
  }
}

/** Rules 5.3.5.2 and 5.3.5.3. */
function authorizeRestrictedJoin(subjects: AuthSubjects): AuthVerdict {
  const { rules, pdu, create, powerLevels } = subjects;
  // "If the join_authorised_via_users_server key in content is not a user with sufficient permission to invite
  // other users or is not a joined member of the room, reject."
  const authoriser = asUserId(pdu.content.join_authorised_via_users_server);
  if (authoriser === undefined) return reject('nobody authorised the join');
  if (membershipOf(subjects, authoriser) !== 'join') return reject('who authorised the join is not joined');
  const level = powerLevelOf(rules, create, powerLevels, authoriser);
  if (!(level >= actionPowerLevel(rules, powerLevels, 'invite')))
    return reject('who authorised the join may not invite');
  // "Otherwise, allow."
  return allow;
}

/** Rule 5.4. */
function authorizeInvite(subjects: AuthSubjects, target: string): AuthVerdict {
  const { rules, pdu, powerLevels, senderLevel } = subjects;
  const targetMembership = membershipOf(subjects, target);
  // 5.4.1 "If content has a third_party_invite property:"
  if (pdu.content.third_party_invite !== undefined) {
    // 5.4.1.1 "If target user is banned, reject."
    if (targetMembership === 'ban') return reject('the target is banned');
    return authorizeThirdPartyInvite(subjects, target);
  }
  // 5.4.2 "If the sender's current membership state is not join, reject."
  if (membershipOf(subjects, pdu.sender) !== 'join') return reject('the sender is not joined');
  // 5.4.3 "If target user's current membership state is join or ban, reject."
  if (targetMembership === 'join' || targetMembership === 'ban')
    return reject('the target is joined or banned');
  // 5.4.4 "If the sender's power level is greater than or equal to the invite level, allow."
  if (senderLevel >= actionPowerLevel(rules, powerLevels, 'invite')) return allow;
  // 5.4.5 "Otherwise, reject."
  return reject('the sender may not invite');
}

/** Rule 5.5. */
function authorizeLeave(subjects: AuthSubjects, target: string): AuthVerdict {
  const { rules, pdu, powerLevels, senderLevel } = subjects;
  const targetMembership = membershipOf(subjects, target);
  // 5.5.1 "If the sender matches state_key, allow if and only if that user's current membership state is invite,
  // join, or knock."
  if (pdu.sender === target) {
    const mayLeave =
      targetMembership === 'invite' ||
      targetMembership === 'join' ||
      (rules.knock && targetMembership === 'knock');
    return mayLeave ? allow : reject('the sender is not in the room');
  }
  // 5.5.2 "If the sender's current membership state is not join, reject."
  if (membershipOf(subjects, pdu.sender) !== 'join') return reject('the sender is not joined');
  // 5.5.3 "If the target user's current membership state is ban, and the sender's power level is less than the
  // ban level, reject."
  if (targetMembership === 'ban' && !(senderLevel >= actionPowerLevel(rules, powerLevels, 'ban'))) {
    return reject('the sender may not lift a ban');
  }
  // 5.5.4 "If the sender's power level is greater than or equal to the kick level, and the target user's power
  // level is less than the sender's power level, allow."
  const mayKick = senderLevel >= actionPowerLevel(rules, powerLevels, 'kick');
  if (mayKick && levelOf(subjects, target) < senderLevel) return allow;
  // 5.5.5 "Otherwise, reject."
  return reject('the sender may not kick the target');
}

/** Rule 5.6. */
function authorizeBan(subjects: AuthSubjects, target: string): AuthVerdict {
  const { rules, pdu, powerLevels, senderLevel } = subjects;
  // 5.6.1 "If the sender's current membership state is not join, reject."
  if (membershipOf(subjects, pdu.sender) !== 'join') return reject('the sender is not joined');
  // 5.6.2 "If the sender's power level is greater than or equal to the ban level, and the target user's power
  // level is less than the sender's power level, allow."
  const mayBan = senderLevel >= actionPowerLevel(rules, powerLevels, 'ban');
  if (mayBan && levelOf(subjects, target) < senderLevel) return allow;
  // 5.6.3 "Otherwise, reject."
  return reject('the sender may not ban the target');
}

/** Rule 5.7. */
function authorizeKnock(subjects: AuthSubjects, target: string): AuthVerdict {
  const { rules, pdu } = subjects;
  // 5.7.1 "If the join_rule is anything other than knock or knock_restricted, reject."
  const rule = joinRule(subjects);
  const mayKnock = rule === 'knock' || (rules.knockRestrictedJoins && rule === 'knock_restricted');
  if (!mayKnock) return reject('the join rule does not allow knocking');
  // 5.7.2 "If sender does not match state_key, reject."
  if (pdu.sender !== target) return reject('nobody knocks for somebody else');
  // 5.7.3 "If the sender's current membership is not ban, invite, or join, allow."
  const current = membershipOf(subjects, pdu.sender);
  if (current !== 'ban' && current !== 'invite' && current !== 'join') return allow;
  // 5.7.4 "Otherwise, reject."
  return reject('the sender is banned, invited or joined');
}

/** Without a membership event a user has left. */
function membershipOf({ state }: AuthSubjects, userId: string): JsonValue | undefined {
  const event = state('m.room.member', userId);
  return event === undefined ? 'leave' : event.content.membership;
}

/** Without join rules a room is for those invited. */
function joinRule({ state }: AuthSubjects): JsonValue {
  const rule = state('m.room.join_rules', '')?.content.join_rule;
  return rule === undefined ? 'invite' : rule;
}

/** The level of a state key; one that is no user ID has that of any user. */
function levelOf({ rules, create, powerLevels }: AuthSubjects, target: string): PowerLevel {
  const userId = parseUserId(target);
  if (userId !== undefined) return powerLevelOf(rules, create, powerLevels, userId);
  return readLevel(rules, powerLevels?.content.users_default) ?? 0;
}

function asUserId(value: JsonValue | undefined): UserId | undefined {
  return typeof value === 'string' ? parseUserId(value) : undefined;
}
