import { type EventId, parseEventId } from '../identifiers/identifiers.ts';
import { surveyJson } from '../json/find-json-fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { eventIdOf } from './event-hashes.ts';
import type { UnsignedPdu } from './pdu.ts';

/**
 * The ID under which its sender knows something that is no event of the room version, so that it can be told why.
 * Undefined where nothing can be hashed, or where an author who may choose the ID chose none.
 */
export function faultyEventId(rules: RoomVersionRules, value: JsonValue): EventId | undefined {
  if (!isJsonObject(value)) return undefined;
  if (rules.eventIdFormat === 'sender-chosen') {
    return typeof value.event_id === 'string' ? parseEventId(value.event_id) : undefined;
  }
  const { fault } = surveyJson(value, { allowsAnyNumber: !rules.strictCanonicalJson });
  return fault === undefined && isHashable(value) ? eventIdOf(rules, value) : undefined;
}

/** The ID depends on the type and the content; whatever else there is, is hashed as it is. */
function isHashable(value: JsonObject): value is UnsignedPdu {
  return typeof value.type === 'string' && isJsonObject(value.content);
}
