/**
 * Whether a received value is an event of its room version: the first check on receipt.
 *
 * Only what the specification demands is checked, since a server that demands more splits the room.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu
 * @see https://spec.matrix.org/v1.19/client-server-api/#size-limits
 */
import { parseEventId, parseRoomId, parseUserId, serverNameOf } from '../identifiers/identifiers.ts';
import { integerIn } from '../json/exact-integer.ts';
import { surveyJson } from '../json/find-json-fault.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { canonicalEventJson } from './event-hashes.ts';
import { readReferences } from './event-references.ts';
import type { Pdu } from './pdu.ts';

export type PduFormatVerdict =
  | { readonly ok: true; readonly pdu: Pdu }
  | { readonly ok: false; readonly reason: string };

export type PduFormatOptions = {
  /** Backfilled events are not held to the limits of previous and auth events. */
  readonly skipCountLimits?: boolean;
};

/** Size of an event as canonical JSON in UTF-8, signatures included. */
export const MAX_EVENT_BYTES = 65_536;
/** Size of `type`, `state_key`, `sender` and `room_id` in UTF-8. */
export const MAX_FIELD_BYTES = 255;
export const MAX_PREV_EVENTS = 20;
export const MAX_AUTH_EVENTS = 10;
export const MAX_DEPTH = Number.MAX_SAFE_INTEGER;
/** Before version 6. */
const MAX_OLD_DEPTH = 2n ** 63n - 1n;

/** Checks an event as `parseJson` read it, or as it was built, against the format of its room version. */
export function checkPduFormat(
  rules: RoomVersionRules,
  value: JsonValue,
  options: PduFormatOptions = {},
): PduFormatVerdict {
  if (!isJsonObject(value)) return { ok: false, reason: 'not an object' };
  const fault =
    findFaultInFields(rules, value) ??
    (options.skipCountLimits === true ? undefined : findFaultInCounts(value)) ??
    findFaultInJson(rules, value);
  return isFaultless(value, fault) ? { ok: true, pdu: value } : { ok: false, reason: fault ?? '' };
}

function isFaultless(_value: JsonObject, fault: string | undefined): _value is Pdu {
  return fault === undefined;
}

function findFaultInFields(rules: RoomVersionRules, event: JsonObject): string | undefined {
  const { type, state_key, sender, content, depth, origin_server_ts, unsigned } = event;
  if (!isField(type)) return 'type is not a string of at most 255 bytes';
  if (state_key !== undefined && !isField(state_key)) return 'state_key is not a string of at most 255 bytes';
  if (typeof sender !== 'string' || parseUserId(sender) === undefined) return 'sender is not a user ID';
  if (!isJsonObject(content)) return 'content is not an object';
  if (!isDepth(rules, depth)) return 'depth is not an integer in the range of the room version';
  if (!isInteger(origin_server_ts)) return 'origin_server_ts is not an integer';
  if (unsigned !== undefined && !isJsonObject(unsigned)) return 'unsigned is not an object';
  if (readReferences(rules, event.prev_events) === undefined) return 'prev_events is not a list of events';
  if (readReferences(rules, event.auth_events) === undefined) return 'auth_events is not a list of events';
  return (
    findFaultInEventId(rules, event) ??
    findFaultInRoomId(rules, event) ??
    findFaultInHashes(event) ??
    findFaultInSignatures(event)
  );
}

/** Where the author chooses the ID, it is in the event and names a server. */
function findFaultInEventId(rules: RoomVersionRules, { event_id }: JsonObject): string | undefined {
  if (rules.eventIdFormat !== 'sender-chosen') return undefined;
  const id = typeof event_id === 'string' ? parseEventId(event_id) : undefined;
  return id === undefined || serverNameOf(id) === undefined
    ? 'event_id is not an event ID with a server name'
    : undefined;
}

function findFaultInRoomId(rules: RoomVersionRules, event: JsonObject): string | undefined {
  const { room_id } = event;
  const mayBeAbsent = rules.roomIdIsCreateHash && event.type === 'm.room.create';
  if (room_id === undefined && mayBeAbsent) return undefined;
  return typeof room_id === 'string' && parseRoomId(room_id) !== undefined
    ? undefined
    : 'room_id is not a room ID';
}

function findFaultInHashes(event: JsonObject): string | undefined {
  const { hashes } = event;
  return isJsonObject(hashes) && typeof hashes.sha256 === 'string' ? undefined : 'hashes has no sha256';
}

function findFaultInSignatures(event: JsonObject): string | undefined {
  const { signatures } = event;
  const areSignatures =
    isJsonObject(signatures) &&
    Object.values(signatures).every(
      (ofServer) =>
        isJsonObject(ofServer) && Object.values(ofServer).every((signature) => typeof signature === 'string'),
    );
  return areSignatures ? undefined : 'signatures is not an object of objects of strings';
}

function findFaultInCounts(event: JsonObject): string | undefined {
  const { prev_events, auth_events } = event;
  if (isJsonArray(prev_events) && prev_events.length > MAX_PREV_EVENTS) return 'more than 20 prev_events';
  if (isJsonArray(auth_events) && auth_events.length > MAX_AUTH_EVENTS) return 'more than 10 auth_events';
  return undefined;
}

function findFaultInJson(rules: RoomVersionRules, event: JsonObject): string | undefined {
  const { fault, bytesAtMost } = surveyJson(event, { allowsAnyNumber: !rules.strictCanonicalJson });
  if (fault !== undefined) return `not canonical JSON: ${fault.kind}`;
  // The bound is cheap and nearly always enough.
  if (bytesAtMost <= MAX_EVENT_BYTES) return undefined;
  return Buffer.byteLength(canonicalEventJson(rules, event)) > MAX_EVENT_BYTES
    ? 'larger than 65,536 bytes'
    : undefined;
}

function isField(value: JsonValue | undefined): value is string {
  if (typeof value !== 'string' || value.length > MAX_FIELD_BYTES) return false;
  return value.length * 3 <= MAX_FIELD_BYTES || Buffer.byteLength(value) <= MAX_FIELD_BYTES;
}

function isInteger(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value);
}

function isDepth(rules: RoomVersionRules, value: JsonValue | undefined): boolean {
  const depth = integerIn(value);
  return (
    depth !== undefined && depth >= 0 && depth <= (rules.strictCanonicalJson ? MAX_DEPTH : MAX_OLD_DEPTH)
  );
}
