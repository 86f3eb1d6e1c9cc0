import type { Pdu } from '../events/pdu.ts';
import type { UserId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';

/** Room creators, the sender of the create event first. */
export function roomCreators(rules: RoomVersionRules, create: Pdu): readonly UserId[] {
  throw new Error(`not yet ${rules.id} ${create.type}`);
}

/** A user's power level; `Infinity` for privileged creators. */
export function powerLevelOf(
  rules: RoomVersionRules,
  create: Pdu,
  powerLevels: Pdu | undefined,
  userId: UserId,
): number {
  throw new Error(`not yet ${rules.id} ${create.type} ${powerLevels?.type} ${userId}`);
}

/** The level needed to send an event of this type. */
export function requiredPowerLevel(
  rules: RoomVersionRules,
  powerLevels: Pdu | undefined,
  type: string,
  isState: boolean,
): number {
  throw new Error(`not yet ${rules.id} ${powerLevels?.type} ${type} ${isState}`);
}

export type ActionLevel = 'ban' | 'kick' | 'redact' | 'invite';

/** The level needed for an action. */
export function actionPowerLevel(
  rules: RoomVersionRules,
  powerLevels: Pdu | undefined,
  action: ActionLevel,
): number {
  throw new Error(`not yet ${rules.id} ${powerLevels?.type} ${action}`);
}
