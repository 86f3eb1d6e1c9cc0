import type { EventReference, Pdu, UnsignedPdu } from '../events/pdu.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { eventId, roomId, userId } from './identifiers.ts';

/** What a test takes for an event, though fields may be missing. */
export function asPdu(value: JsonValue | undefined): Pdu {
  if (!isTakenForPdu(value)) throw new Error('expected an event');
  return value;
}

function isTakenForPdu(value: JsonValue | undefined): value is Pdu {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An event with made-up hashes; its fields can be replaced, and left out with `undefined`. */
export function somePdu(fields: { readonly [key: string]: JsonValue | undefined } = {}): Pdu {
  const event: { [key: string]: JsonValue } = {
    ...someUnsignedPdu(),
    hashes: { sha256: 'eA' },
    signatures: {},
  };
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) delete event[key];
    else event[key] = value;
  }
  return asPdu(event);
}

/** {@link somePdu} in the form of a room version. */
export function somePduOf(
  rules: RoomVersionRules,
  fields: { readonly [key: string]: JsonValue | undefined } = {},
): Pdu {
  return somePdu({ ...formOf(rules), ...fields });
}

/** Where authors choose event IDs, an event has one, and names others with their hashes. */
export function formOf(rules: RoomVersionRules): JsonObject {
  if (rules.eventIdFormat !== 'sender-chosen') return {};
  const { prev_events, auth_events } = someUnsignedPdu();
  const pairs = (ids: readonly EventReference[]) => ids.map((id) => [String(id), { sha256: 'eA' }]);
  return {
    event_id: '$chosen:example.org',
    prev_events: pairs(prev_events),
    auth_events: pairs(auth_events),
  };
}

export function someUnsignedPdu(content: JsonObject = { body: 'hello', msgtype: 'm.text' }): UnsignedPdu {
  return {
    type: 'm.room.message',
    room_id: roomId('!room:example.org'),
    sender: userId('@alice:example.org'),
    content,
    depth: 7,
    origin_server_ts: 1_700_000_000_000,
    prev_events: [eventId('$previous')],
    auth_events: [eventId('$create'), eventId('$power'), eventId('$member')],
  };
}
