import type { EventId, RoomId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { Pdu, UnsignedPdu } from './pdu.ts';

/** SHA-256 of the event without `unsigned`, `signatures` and `hashes`, as unpadded Base64. */
export function contentHash(pdu: UnsignedPdu): string {
  throw new Error(`not yet ${pdu.type}`);
}

/** Whether `hashes.sha256` is the event's content hash; if not, only the redacted event may be used. */
export function hasValidContentHash(pdu: Pdu): boolean {
  throw new Error(`not yet ${pdu.type}`);
}

/** SHA-256 of the redacted event without `signatures` and `unsigned`, in the Base64 of the room version. */
export function referenceHash(rules: RoomVersionRules, pdu: UnsignedPdu): string {
  throw new Error(`not yet ${pdu.type} ${rules.id}`);
}

export function eventIdOf(rules: RoomVersionRules, pdu: UnsignedPdu): EventId {
  throw new Error(`not yet ${pdu.type} ${rules.id}`);
}

/** The room of an event: its `room_id`, or for a create event without one, the room that it makes. */
export function roomIdOf(rules: RoomVersionRules, pdu: UnsignedPdu): RoomId {
  throw new Error(`not yet ${pdu.type} ${rules.id}`);
}
