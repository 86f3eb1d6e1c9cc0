/**
 * Rule 10: who may change which power levels.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules
 */
import { parseUserId } from '../identifiers/identifiers.ts';
import { isJsonObject, type JsonObject, type JsonValue, ownProperty } from '../json/json-value.ts';
import { type AuthVerdict, allow, reject } from './auth-verdict.ts';
import type { AuthSubjects } from './auth-subjects.ts';
import { roomCreators } from './power-levels.ts';

const levelProperties = [
  'users_default',
  'events_default',
  'state_default',
  'ban',
  'redact',
  'kick',
  'invite',
] as const;

export function authorizePowerLevels(subjects: AuthSubjects): AuthVerdict {
  const { pdu, powerLevels, senderLevel } = subjects;
  const fault = findFaultInContent(subjects);
  if (fault !== undefined) return reject(fault);
  // 10.5 "If there is no previous m.room.power_levels event in the room, allow."
  if (powerLevels === undefined) return allow;
  const change = { before: powerLevels.content, after: pdu.content, senderLevel };
  const forbidden =
    findForbiddenLevel(change) ?? findForbiddenEntry(change) ?? findForbiddenUser(change, pdu.sender);
  // "Otherwise, allow."
  return forbidden === undefined ? allow : reject(`the sender may not change ${forbidden}`);
}

/** Rules 10.1 to 10.4. */
function findFaultInContent({ rules, pdu, create }: AuthSubjects): string | undefined {
  const { content } = pdu;
  // 10.1 "If any of the properties users_default, events_default, state_default, ban, redact, kick, or invite in
  // content are present and not an integer, reject."
  const odd = levelProperties.find((name) => content[name] !== undefined && !isInteger(content[name]));
  if (odd !== undefined) return `${odd} is not an integer`;
  // 10.2 "If either of the properties events or notifications in content are present and not an object with
  // values that are integers, reject."
  if (!isAbsentOrLevels(content.events)) return 'events is not an object of integers';
  if (!isAbsentOrLevels(content.notifications)) return 'notifications is not an object of integers';
  // 10.3 "If the users property in content is not an object with keys that are valid user IDs with values that
  // are integers, reject."
  if (!isAbsentOrLevels(content.users)) return 'users is not an object of integers';
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

type Change = { readonly before: JsonObject; readonly after: JsonObject; readonly senderLevel: number };

/** Rule 10.6. */
function findForbiddenLevel({ before, after, senderLevel }: Change): string | undefined {
  // "For the properties users_default, events_default, state_default, ban, redact, kick, invite check if they
  // were added, changed or removed. For each found alteration: If the current value is higher than the sender's
  // current power level, reject. If the new value is higher than the sender's current power level, reject."
  return levelProperties.find(
    (name) =>
      before[name] !== after[name] &&
      (isAbove(before[name], senderLevel) || isAbove(after[name], senderLevel)),
  );
}

/** Rules 10.7 and 10.8. */
function findForbiddenEntry({ before, after, senderLevel }: Change): string | undefined {
  for (const property of ['events', 'notifications'] as const) {
    // "For each entry being changed in, or removed from, the events or notifications properties: If the current
    // value is greater than the sender's current power level, reject."
    // "For each entry being added to, or changed in, the events or notifications properties: If the new value is
    // greater than the sender's current power level, reject."
    for (const { key, current, next } of changedEntries(before[property], after[property])) {
      if (isAbove(current, senderLevel) || isAbove(next, senderLevel)) return `${property}.${key}`;
    }
  }
  return undefined;
}

/** Rules 10.9 and 10.10. */
function findForbiddenUser({ before, after, senderLevel }: Change, sender: string): string | undefined {
  for (const { key, current, next } of changedEntries(before.users, after.users)) {
    // "For each entry being changed in, or removed from, the users property, other than the sender's own entry:
    // If the current value is greater than or equal to the sender's current power level, reject."
    if (key !== sender && isInteger(current) && current >= senderLevel) return `users.${key}`;
    // "For each entry being added to, or changed in, the users property: If the new value is greater than the
    // sender's current power level, reject."
    if (isAbove(next, senderLevel)) return `users.${key}`;
  }
  return undefined;
}

type ChangedEntry = {
  readonly key: string;
  readonly current: JsonValue | undefined;
  readonly next: JsonValue | undefined;
};

function changedEntries(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): readonly ChangedEntry[] {
  const [old, fresh] = [levelsOf(before), levelsOf(after)];
  const changed: ChangedEntry[] = [];
  for (const key of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
    const [current, next] = [ownProperty(old, key), ownProperty(fresh, key)];
    if (current !== next) changed.push({ key, current, next });
  }
  return changed;
}

function levelsOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function isAbsentOrLevels(value: JsonValue | undefined): boolean {
  return value === undefined || (isJsonObject(value) && Object.values(value).every(isInteger));
}

function isInteger(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value);
}

function isAbove(value: JsonValue | undefined, level: number): boolean {
  return isInteger(value) && value > level;
}
