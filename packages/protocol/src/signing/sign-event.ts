/**
 * Hashing and signing events.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#adding-hashes-and-signatures-to-outgoing-events
 */
import { contentHash, eventIdOf, signedJson } from '../events/event-hashes.ts';
import type { Pdu, Signatures, UnsignedPdu } from '../events/pdu.ts';
import type { EventId, ServerName } from '../identifiers/identifiers.ts';
import { encodeBase64 } from '../json/base64.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * Adds content hash and signature to an event of ours, and gives its ID.
 *
 * Throws when the event holds what canonical JSON cannot express, in every room version: what we make is strict.
 */
export function hashAndSignEvent(
  rules: RoomVersionRules,
  event: UnsignedPdu,
  serverName: ServerName,
  key: SigningKey,
): { readonly pdu: Pdu; readonly eventId: EventId } {
  const hashes = { sha256: contentHash(event) };
  const json = signedJson(rules, { ...event, hashes });
  const signatures = { [serverName]: { [key.keyId]: signText(json, key) } };
  return { pdu: { ...event, hashes, signatures }, eventId: eventIdOf(rules, event, json) };
}

/** The event with one more signature: for invites, and for restricted joins that we authorise. */
export function signEvent(rules: RoomVersionRules, pdu: Pdu, serverName: ServerName, key: SigningKey): Pdu {
  const signature = signText(signedJson(rules, pdu), key);
  const own = Object.hasOwn(pdu.signatures, serverName) ? pdu.signatures[serverName] : {};
  const signatures: Signatures = {
    ...pdu.signatures,
    [serverName]: { ...own, [key.keyId]: signature },
  };
  return { ...pdu, signatures };
}

function signText(text: string, key: SigningKey): string {
  return encodeBase64(key.sign(Buffer.from(text, 'utf8')));
}
