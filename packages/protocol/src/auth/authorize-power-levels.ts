/**
 * Rule 10: who may change which power levels.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
 */
import { parseUserId } from '../identifiers/identifiers.ts';
import { isJsonObject, type JsonObject, type JsonValue, ownProperty } from '../json/json-value.ts';
import { type AuthVerdict, allow, reject } from './auth-verdict.ts';
import type { AuthSubjects } from './auth-subjects.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { type PowerLevel, readLevel, roomCreators } from './power-levels.ts';

const levelProperties = [
  'users_default',
  'events_default',
  'state_default',
  'ban',
  'redact',
  'kick',
  'invite',
] as const;

/** Up to version 5, `notifications` may be changed freely. */
const oldEntryProperties = ['events'] as const;
const entryProperties = ['events', 'notifications'] as const;

export function authorizePowerLevels(subjects: AuthSubjects): AuthVerdict {
  const { rules, pdu, powerLevels, senderLevel } = subjects;
  const fault = findFaultInContent(subjects);
  if (fault !== undefined) return reject(fault);
  // 10.5 "If there is no previous m.room.power_levels event in the room, allow."
  if (powerLevels === undefined) return allow;
  const change = { rules, before: powerLevels.content, after: pdu.content, senderLevel };
  const forbidden =
    findForbiddenLevel(change) ?? findForbiddenEntry(change) ?? findForbiddenUser(change, pdu.sender);
  // "Otherwise, allow."
  return forbidden === undefined ? allow : reject(`the sender may not change ${forbidden}`);
}

/** Rules 10.1 to 10.4. */
function findFaultInContent({ rules, pdu, create }: AuthSubjects): string | undefined {
  const { content } = pdu;
  if (rules.integerPowerLevels) {
    const fault = findFaultInProperties(content);
    if (fault !== undefined) return fault;
  }
  // 10.3 "If the users property in content is not an object with keys that are valid user IDs with values that
  // are integers, reject." Before version 10: "or a string that is an integer".
  if (!isAbsentOrLevels(rules, content.users)) return 'users is not an object of power levels';
  const users = levelsOf(content.users);
  if (!Object.keys(users).every((id) => parseUserId(id) !== undefined))
    return 'users has a key that is no user ID';
  // 10.4 "If the users property in content contains the sender of the m.room.create event or any of the
  // additional_creators array (if present) from the content of the m.room.create event, reject."
  if (rules.privilegedCreators && roomCreators(rules, create).some((id) => Object.hasOwn(users, id))) {
    return 'users contains a room creator';
  }
  return undefined;
}

/** Rules 10.1 and 10.2, from version 10. */
function findFaultInProperties(content: JsonObject): string | undefined {
  // 10.1 "If any of the properties users_default, events_default, state_default, ban, redact, kick, or invite in
  // content are present and not an integer, reject."
  const odd = levelProperties.find((name) => content[name] !== undefined && !isInteger(content[name]));
  if (odd !== undefined) return `${odd} is not an integer`;
  // 10.2 "If either of the properties events or notifications in content are present and not an object with
  // values that are integers, reject."
  if (!isAbsentOrIntegers(content.events)) return 'events is not an object of integers';
  if (!isAbsentOrIntegers(content.notifications)) return 'notifications is not an object of integers';
  return undefined;
}

type Change = {
  readonly rules: RoomVersionRules;
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly senderLevel: PowerLevel;
};

/** Rule 10.6. */
function findForbiddenLevel({ rules, before, after, senderLevel }: Change): string | undefined {
  // "For the properties users_default, events_default, state_default, ban, redact, kick, invite check if they
  // were added, changed or removed. For each found alteration: If the current value is higher than the sender's
  // current power level, reject. If the new value is higher than the sender's current power level, reject."
  return levelProperties.find((name) => {
    const [current, next] = [readLevel(rules, before[name]), readLevel(rules, after[name])];
    return current !== next && (isAbove(current, senderLevel) || isAbove(next, senderLevel));
  });
}

/** Rules 10.7 and 10.8. */
function findForbiddenEntry({ rules, before, after, senderLevel }: Change): string | undefined {
  for (const property of rules.notificationLevelsAuthorized ? entryProperties : oldEntryProperties) {
    // "For each entry being changed in, or removed from, the events or notifications properties: If the current
    // value is greater than the sender's current power level, reject."
    // "For each entry being added to, or changed in, the events or notifications properties: If the new value is
    // greater than the sender's current power level, reject."
    for (const { key, current, next } of changedEntries(rules, before[property], after[property])) {
      if (isAbove(current, senderLevel) || isAbove(next, senderLevel)) return `${property}.${key}`;
    }
  }
  return undefined;
}

/** Rules 10.9 and 10.10. */
function findForbiddenUser(
  { rules, before, after, senderLevel }: Change,
  sender: string,
): string | undefined {
  for (const { key, current, next } of changedEntries(rules, before.users, after.users)) {
    // "For each entry being changed in, or removed from, the users property, other than the sender's own entry:
    // If the current value is greater than or equal to the sender's current power level, reject."
    if (key !== sender && current !== undefined && !(current < senderLevel)) return `users.${key}`;
    // "For each entry being added to, or changed in, the users property: If the new value is greater than the
    // sender's current power level, reject."
    if (isAbove(next, senderLevel)) return `users.${key}`;
  }
  return undefined;
}

type ChangedEntry = {
  readonly key: string;
  readonly current: PowerLevel | undefined;
  readonly next: PowerLevel | undefined;
};

function changedEntries(
  rules: RoomVersionRules,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): readonly ChangedEntry[] {
  const [old, fresh] = [levelsOf(before), levelsOf(after)];
  const changed: ChangedEntry[] = [];
  for (const key of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
    const current = readLevel(rules, ownProperty(old, key));
    const next = readLevel(rules, ownProperty(fresh, key));
    if (current !== next) changed.push({ key, current, next });
  }
  return changed;
}

function levelsOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function isAbsentOrLevels(rules: RoomVersionRules, value: JsonValue | undefined): boolean {
  if (value === undefined) return true;
  return isJsonObject(value) && Object.values(value).every((level) => isLevelOfUser(rules, level));
}

/** Users have stricter ones than everything else: old versions read a boolean or null elsewhere. */
function isLevelOfUser(rules: RoomVersionRules, value: JsonValue): boolean {
  return typeof value !== 'boolean' && value !== null && !Number.isNaN(readLevel(rules, value));
}

function isAbsentOrIntegers(value: JsonValue | undefined): boolean {
  return value === undefined || (isJsonObject(value) && Object.values(value).every(isInteger));
}

function isInteger(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value);
}

function isAbove(value: PowerLevel | undefined, level: PowerLevel): boolean {
  return value !== undefined && !(value <= level);
}
