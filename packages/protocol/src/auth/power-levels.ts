/**
 * Power levels and who has them.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#mroompower_levels
 * @see https://spec.matrix.org/v1.19/server-server-api/#definitions
 */
import type { Pdu } from '../events/pdu.ts';
import { parseUserId, type UserId } from '../identifiers/identifiers.ts';
import { type ExactInteger, integerIn } from '../json/exact-integer.ts';
import { isJsonArray, isJsonObject, type JsonValue, ownProperty } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { oldPowerLevel } from './old-power-levels.ts';

/**
 * A power level; `Infinity` for privileged creators. `NaN` is one that can't be read: whoever asks allows only what a
 * comparison says, so that nothing is allowed by it.
 */
export type PowerLevel = ExactInteger;

export type ActionLevel = 'ban' | 'kick' | 'redact' | 'invite';

const defaultActionLevels = Object.freeze({ ban: 50, kick: 50, redact: 50, invite: 0 });

/** Where no power levels say otherwise: what the creator has, and what state events need. */
const CREATOR_LEVEL = 100;
const STATE_DEFAULT = 50;

/**
 * Room creators: first the sender of the create event (before version 11, whom it names as creator), then
 * `additional_creators` where the version knows them.
 */
export function roomCreators(rules: RoomVersionRules, create: Pdu): readonly UserId[] {
  const { creator, additional_creators: additional } = create.content;
  if (!rules.creatorIsSender) {
    const named = typeof creator === 'string' ? parseUserId(creator) : undefined;
    return named === undefined ? [] : [named];
  }
  if (!rules.privilegedCreators || !isJsonArray(additional)) return [create.sender];
  const more = additional.map((id) => (typeof id === 'string' ? parseUserId(id) : undefined));
  return [create.sender, ...more.filter((id) => id !== undefined)];
}

/** A user's power level. */
export function powerLevelOf(
  rules: RoomVersionRules,
  create: Pdu,
  powerLevels: Pdu | undefined,
  userId: UserId,
): PowerLevel {
  if (rules.privilegedCreators && roomCreators(rules, create).includes(userId)) return Infinity;
  if (powerLevels === undefined) {
    return !rules.privilegedCreators && roomCreators(rules, create).includes(userId) ? CREATOR_LEVEL : 0;
  }
  const { users, users_default } = powerLevels.content;
  return entryLevel(rules, users, userId) ?? readLevel(rules, users_default) ?? 0;
}

/** The level needed to send an event of this type. */
export function requiredPowerLevel(
  rules: RoomVersionRules,
  powerLevels: Pdu | undefined,
  type: string,
  isState: boolean,
): PowerLevel {
  const { events, state_default, events_default } = powerLevels?.content ?? {};
  const named = entryLevel(rules, events, type);
  if (named !== undefined) return named;
  return isState
    ? (readLevel(rules, state_default) ?? STATE_DEFAULT)
    : (readLevel(rules, events_default) ?? 0);
}

/** The level needed to ban, kick, redact or invite. */
export function actionPowerLevel(
  rules: RoomVersionRules,
  powerLevels: Pdu | undefined,
  action: ActionLevel,
): PowerLevel {
  return readLevel(rules, powerLevels?.content[action]) ?? defaultActionLevels[action];
}

/** The power level that a value in `m.room.power_levels` stands for; undefined when there is none. */
export function readLevel(rules: RoomVersionRules, value: JsonValue | undefined): PowerLevel | undefined {
  if (value === undefined || (value === null && !rules.integerPowerLevels)) return undefined;
  return (rules.integerPowerLevels ? integerIn(value) : oldPowerLevel(value)) ?? Number.NaN;
}

function entryLevel(
  rules: RoomVersionRules,
  levels: JsonValue | undefined,
  key: string,
): PowerLevel | undefined {
  if (levels === undefined) return undefined;
  return isJsonObject(levels) ? readLevel(rules, ownProperty(levels, key)) : Number.NaN;
}
