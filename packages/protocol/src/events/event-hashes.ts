/**
 * The two hashes of an event: of its content, and of what its identity hangs on.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#signing-events
 */
import { hash } from 'node:crypto';
import { type EventId, makeEventId, type RoomId, roomIdOfCreateEvent } from '../identifiers/identifiers.ts';
import { decodeBase64 } from '../json/base64.ts';
import { canonicalJson, lenientCanonicalJson } from '../json/canonical-json.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { UnsignedPdu } from './pdu.ts';
import { redactContent } from './redact.ts';

/**
 * SHA-256 of the event without `unsigned`, `signatures` and `hashes`, as unpadded Base64. Without `rules`, throws on
 * what canonical JSON cannot express; with them, only if the room version enforces it.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#calculating-the-content-hash-for-an-event
 */
export function contentHash(pdu: UnsignedPdu, rules?: RoomVersionRules): string {
  const { unsigned: _unsigned, signatures: _signatures, hashes: _hashes, ...hashed } = pdu;
  return sha256(rules === undefined ? canonicalJson(hashed) : canonicalEventJson(rules, hashed));
}

/** How events of a room version are written to be hashed and signed. */
export function canonicalEventJson(rules: RoomVersionRules, value: JsonValue): string {
  return rules.strictCanonicalJson ? canonicalJson(value) : lenientCanonicalJson(value);
}

/**
 * SHA-256 of {@link signedJson}, in the Base64 that event IDs of the room version use; before event IDs were
 * hashes, in the unpadded Base64 that references use.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#calculating-the-reference-hash-for-an-event
 */
export function referenceHash(rules: RoomVersionRules, pdu: UnsignedPdu): string {
  return encodedHash(rules, signedJson(rules, pdu));
}

/**
 * The event's ID: `$` and its reference hash, or what its author chose. `json`, when it is at hand, is the event's
 * {@link signedJson}.
 */
export function eventIdOf(rules: RoomVersionRules, pdu: UnsignedPdu, json?: string): EventId {
  if (rules.eventIdFormat !== 'sender-chosen') {
    return makeEventId(encodedHash(rules, json ?? signedJson(rules, pdu)));
  }
  if (pdu.event_id === undefined) throw new TypeError('the event has no event_id');
  return pdu.event_id;
}

/** The room of an event: its `room_id`, or for a create event without one, the room that it makes. */
export function roomIdOf(rules: RoomVersionRules, pdu: UnsignedPdu): RoomId {
  if (pdu.room_id !== undefined) return pdu.room_id;
  if (!rules.roomIdIsCreateHash || pdu.type !== 'm.room.create')
    throw new TypeError('the event has no room_id');
  return roomIdOfCreateEvent(eventIdOf(rules, pdu));
}

/**
 * What signatures sign and the reference hash hashes: canonical JSON of the redacted event without `signatures`
 * and `unsigned`.
 */
export function signedJson(rules: RoomVersionRules, pdu: UnsignedPdu): string {
  const signed: { [key: string]: JsonObject[string] } = {};
  for (const key of rules.redaction.topLevel) {
    const value = pdu[key];
    if (value !== undefined && key !== 'signatures' && key !== 'unsigned') signed[key] = value;
  }
  signed.content = redactContent(rules.redaction, pdu.type, pdu.content);
  return canonicalEventJson(rules, signed);
}

/** SHA-256 of a text in UTF-8, as unpadded Base64. */
export function sha256(text: string): string {
  // The digest has 32 bytes, so its Base64 ends in exactly one `=`.
  return hash('sha256', text, 'base64').slice(0, -1);
}

/** Compares the hash that an event claims, in whatever padding, with the right one. */
export function isSameHash(claimed: string, expected: string): boolean {
  if (claimed === expected) return true;
  const [a, b] = [decodeBase64(claimed), decodeBase64(expected)];
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

function encodedHash(rules: RoomVersionRules, json: string): string {
  return rules.eventIdFormat === 'hash-url-safe-base64' ? hash('sha256', json, 'base64url') : sha256(json);
}
