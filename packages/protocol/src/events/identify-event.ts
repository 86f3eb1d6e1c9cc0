import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { Pdu } from './pdu.ts';

export type IdentifiedEvent = {
  readonly eventId: EventId;
  /** Whether `hashes.sha256` is right; if not, only the redacted event may be used. */
  readonly contentHashOk: boolean;
  /** Size of the whole event, signatures included, as canonical JSON in UTF-8. */
  readonly canonicalBytesLength: number;
  /** The canonical JSON that the event's signatures sign; pass it to `verifyEventSignatures`. */
  readonly signedJson: string;
};

/** Event ID, content hash check and size in one pass: each part of the event is canonicalised once. */
export function identifyEvent(rules: RoomVersionRules, pdu: Pdu): IdentifiedEvent {
  throw new Error(`not yet ${pdu.type} ${rules.id}`);
}
