/**
 * How events name other events: by ID, or in room versions 1 and 2 by pairs of ID and reference hash.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v1/#event-format
 * @see https://spec.matrix.org/v1.19/rooms/v3/#event-format
 */
import { type EventId, parseEventId } from '../identifiers/identifiers.ts';
import { type ExactInteger, integerIn } from '../json/exact-integer.ts';
import { isJsonArray, isJsonObject, type JsonValue } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { referenceHash } from './event-hashes.ts';
import type { EventReference, Pdu, UnsignedPdu } from './pdu.ts';

/** The IDs of the events that an event follows. */
export function prevEventIds(pdu: Pick<UnsignedPdu, 'prev_events'>): readonly EventId[] {
  return idsOf(pdu.prev_events);
}

/** The IDs of the events that an event is authorised by. */
export function authEventIds(pdu: Pick<UnsignedPdu, 'auth_events'>): readonly EventId[] {
  return idsOf(pdu.auth_events);
}

/** How an event of this room version names another. */
export function referenceTo(
  rules: RoomVersionRules,
  event: { readonly eventId: EventId; readonly pdu: Pdu },
): EventReference {
  if (rules.eventIdFormat !== 'sender-chosen') return event.eventId;
  return [event.eventId, { sha256: referenceHash(rules, event.pdu) }];
}

/** The references of a received list; undefined when the list is not one of this room version. */
export function readReferences(
  rules: RoomVersionRules,
  value: JsonValue | undefined,
): readonly EventReference[] | undefined {
  if (!isJsonArray(value)) return undefined;
  const references: EventReference[] = [];
  for (const entry of value) {
    const reference = rules.eventIdFormat === 'sender-chosen' ? readPair(entry) : readId(entry);
    if (reference === undefined) return undefined;
    references.push(reference);
  }
  return references;
}

/** Depth of an event in the graph; exact also where the room version allows more than 2^53 - 1. */
export function depthOf(pdu: Pick<UnsignedPdu, 'depth'>): ExactInteger {
  return integerIn(pdu.depth) ?? 0;
}

function idsOf(references: readonly EventReference[]): readonly EventId[] {
  return references.every(isId) ? references : references.map((entry) => (isId(entry) ? entry : entry[0]));
}

function isId(reference: EventReference): reference is EventId {
  return typeof reference === 'string';
}

function readId(value: JsonValue | undefined): EventId | undefined {
  return typeof value === 'string' ? parseEventId(value) : undefined;
}

function readPair(value: JsonValue): EventReference | undefined {
  if (!isJsonArray(value) || value.length !== 2) return undefined;
  const [id, hashes] = [readId(value[0]), value[1]];
  // The hash is checked by nobody and often missing, as the event's own ID and signatures stand for it.
  return id === undefined || !isJsonObject(hashes) ? undefined : [id, hashes];
}
