import type { EventId } from '../identifiers/identifiers.ts';
import { canonicalKeys, canonicalString } from '../json/canonical-json.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { canonicalEventJson, eventIdOf, isSameHash, sha256 } from './event-hashes.ts';
import type { Pdu } from './pdu.ts';
import { redactContent } from './redact.ts';

export type IdentifiedEvent = {
  readonly eventId: EventId;
  /** Whether `hashes.sha256` is right; if not, only the redacted event may be used. */
  readonly contentHashOk: boolean;
  /** Size of the whole event, signatures and `unsigned` included, as canonical JSON in UTF-8. */
  readonly canonicalBytesLength: number;
  /** The canonical JSON that the event's signatures sign; pass it to `verifyEventSignatures`. */
  readonly signedJson: string;
};

/**
 * Event ID, content hash check and size in one pass.
 *
 * The whole event, the hashed part and the signed part consist of the same members, so each member is
 * canonicalised once:
 *
 * ```text
 * auth_events  content  depth  hashes  ...  signatures  type  unsigned
 *      x          x       x      x     ...      x         x       x      the whole event: its size
 *      x          x       x                               x              the hashed part: its content hash
 *      x      redacted    x      x                        x              the signed part: its ID
 * ```
 */
export function identifyEvent(rules: RoomVersionRules, pdu: Pdu): IdentifiedEvent {
  const { topLevel } = rules.redaction;
  // Two braces, less the comma that the first member does not need.
  let bytes = 1;
  let hashed = '';
  let signed = '';
  for (const key of canonicalKeys(pdu)) {
    const value = pdu[key];
    if (value === undefined) continue;
    const member = `${canonicalString(key)}:${canonicalEventJson(rules, value)}`;
    if (key === 'signatures' || key === 'unsigned') {
      bytes += Buffer.byteLength(member) + 1;
      continue;
    }
    if (key === 'hashes') bytes += Buffer.byteLength(member) + 1;
    else hashed += `,${member}`;
    if (key === 'content') signed += `,${redactedContentMember(rules, pdu, member)}`;
    else if (topLevel.has(key)) signed += `,${member}`;
  }
  bytes += Buffer.byteLength(hashed);
  const signedJson = `{${signed.slice(1)}}`;
  return {
    eventId: eventIdOf(rules, pdu, signedJson),
    contentHashOk: isSameHash(pdu.hashes.sha256, sha256(`{${hashed.slice(1)}}`)),
    canonicalBytesLength: bytes,
    signedJson,
  };
}

function redactedContentMember(rules: RoomVersionRules, pdu: Pdu, member: string): string {
  const redacted = redactContent(rules.redaction, pdu.type, pdu.content);
  return redacted === pdu.content ? member : `"content":${canonicalEventJson(rules, redacted)}`;
}
