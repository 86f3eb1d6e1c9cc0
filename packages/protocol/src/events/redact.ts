import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { Pdu } from './pdu.ts';

/** The event without everything that redaction removes. */
export function redact(rules: RoomVersionRules, pdu: Pdu): Pdu {
  throw new Error(`not yet ${pdu.type} ${rules.id}`);
}

/** The event that a redaction redacts. */
export function redactsOf(rules: RoomVersionRules, pdu: Pdu): EventId | undefined {
  throw new Error(`not yet ${pdu.type} ${rules.id}`);
}
