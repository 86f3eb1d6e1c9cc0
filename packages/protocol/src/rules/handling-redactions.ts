import { actionPowerLevel, powerLevelOf } from '../auth/power-levels.ts';
import type { Pdu } from '../events/pdu.ts';
import { serverNameOf } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';

/**
 * Whether a redaction is carried out, given the room state that it was accepted by. Its event is shown to clients
 * only then.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v12/#handling-redactions
 */
export function mayRedact(input: {
  readonly rules: RoomVersionRules;
  readonly redaction: Pdu;
  readonly target: Pdu;
  readonly createEvent: Pdu;
  readonly powerLevels: Pdu | undefined;
}): boolean {
  const { rules, redaction, target, createEvent, powerLevels } = input;
  // Where the authorisation rules decide on redactions, one that was accepted is carried out.
  if (rules.redactionAuthRule) return true;
  // "The power level of the redaction event's sender is greater than or equal to the redact level."
  const level = powerLevelOf(rules, createEvent, powerLevels, redaction.sender);
  if (level >= actionPowerLevel(rules, powerLevels, 'redact')) return true;
  // "The domain of the redaction event's sender matches that of the original event's sender."
  return serverNameOf(redaction.sender) === serverNameOf(target.sender);
}
