import type { Pdu, UnsignedPdu } from '../events/pdu.ts';
import type { EventId, ServerName } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { SigningKey } from './signing-key.ts';

/** Adds content hash and signature to an event of ours. */
export function hashAndSignEvent(
  rules: RoomVersionRules,
  event: UnsignedPdu,
  serverName: ServerName,
  key: SigningKey,
): { readonly pdu: Pdu; readonly eventId: EventId } {
  throw new Error(`not yet ${rules.id} ${event.type} ${serverName} ${key.keyId}`);
}

/** The event with one more signature: for invites, and for restricted joins that we authorise. */
export function signEvent(rules: RoomVersionRules, pdu: Pdu, serverName: ServerName, key: SigningKey): Pdu {
  throw new Error(`not yet ${rules.id} ${pdu.type} ${serverName} ${key.keyId}`);
}
