/**
 * Redaction: what stays of an event when its content must go.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#redactions
 */
import { type EventId, parseEventId } from '../identifiers/identifiers.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { RedactionRules, RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { Pdu } from './pdu.ts';

/** The event without everything that redaction removes; the signatures and the event ID stay valid. */
export function redact(rules: RoomVersionRules, pdu: Pdu): Pdu {
  const kept: { [key: string]: JsonValue } = {};
  for (const key of rules.redaction.topLevel) {
    const value = pdu[key];
    if (value !== undefined) kept[key] = value;
  }
  return {
    ...kept,
    type: pdu.type,
    sender: pdu.sender,
    content: redactContent(rules.redaction, pdu.type, pdu.content),
    depth: pdu.depth,
    origin_server_ts: pdu.origin_server_ts,
    prev_events: pdu.prev_events,
    auth_events: pdu.auth_events,
    hashes: pdu.hashes,
    signatures: pdu.signatures,
  };
}

/** The content that redaction leaves of an event of this type. */
export function redactContent(rules: RedactionRules, type: string, content: JsonObject): JsonObject {
  const allowed = rules.content.get(type);
  if (allowed === 'all') return content;
  const kept: { [key: string]: JsonValue } = {};
  for (const key of allowed ?? []) {
    const value = content[key];
    if (value !== undefined && Object.hasOwn(content, key)) kept[key] = value;
  }
  const invite = content.third_party_invite;
  if (rules.keepsSignedThirdPartyInvite && type === 'm.room.member' && isJsonObject(invite)) {
    // The object itself stays even when it has no `signed`, as deployed servers hash it.
    kept.third_party_invite = invite.signed === undefined ? {} : { signed: invite.signed };
  }
  return kept;
}

/** The event that a redaction redacts; undefined for other events and for what is no event ID. */
export function redactsOf(rules: RoomVersionRules, pdu: Pdu): EventId | undefined {
  if (pdu.type !== 'm.room.redaction') return undefined;
  const target = rules.redactsInContent ? pdu.content.redacts : pdu.redacts;
  return typeof target === 'string' ? parseEventId(target) : undefined;
}
