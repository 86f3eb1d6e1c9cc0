import { type EventId, JsonFault } from '@causeway/protocol';
import { accepted, dropped, type HostileEvent, message, nested, state } from './hostile-item.ts';

/** In room version 5, which knows no canonical JSON. */
export const lenient: readonly HostileEvent[] = [
  accepted('a fraction, in an old room', message({ body: 'x', odd: new JsonFault('float', '1.50') })),
  accepted(
    'an integer of 20 digits, in an old room',
    message({ body: 'x', odd: new JsonFault('integer-range', '18446744073709551615') }),
  ),
  accepted('a depth of 2^63-1, in an old room', {
    depth: new JsonFault('integer-range', '9223372036854775807'),
  }),
  dropped('a depth of 2^63, in an old room', 'depth', '9223372036854775808', /depth/),
  dropped('half of a surrogate pair, in an old room', 'content/odd', '"\\ud83d"', /lone-surrogate/),
  dropped('nesting of 100,000 levels, in an old room', 'content/odd', nested(100_000), /too-deep/),
  accepted('power levels that are text, in an old room', (ground) =>
    state('m.room.power_levels', {
      users: { '@nora:north.test': '100', [ground.sender]: ' 100 ' },
      events_default: '-1',
      state_default: 50,
    }),
  ),
];

/** In room version 1, where authors choose event IDs. */
export const chosen: readonly HostileEvent[] = [
  dropped('an event ID without a server', 'event_id', '"$x"', /event_id/),
  dropped('an event ID that is a number', 'event_id', '7', /event_id/),
  dropped('no event ID', 'event_id', '', /event_id/),
  dropped('references as in room version 3', 'prev_events', `["${'$x'}"]`, /prev_events/),
  dropped('a reference that is an object', 'auth_events', '[{"$x:south.test":{}}]', /auth_events/),
  dropped('an event ID with NUL', 'event_id', '"$\\u0000:south.test"', /event_id/),
  accepted('an event ID that looks like a path', {
    event_id: '$../..%2f__proto__?#:south.test' as EventId,
  }),
];
