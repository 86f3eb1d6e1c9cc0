/** Events of all types with fields of all kinds: what stays of them, and what their hashes are. */
import {
  JsonFault,
  type JsonObject,
  type JsonValue,
  type Pdu,
  parseEventId,
  parseRoomId,
  parseUserId,
  type RoomVersionRules,
} from '@causeway/protocol';
import type { Random } from '../../packages/testing/src/random.ts';

const TYPES = [
  'm.room.member',
  'm.room.create',
  'm.room.join_rules',
  'm.room.power_levels',
  'm.room.aliases',
  'm.room.history_visibility',
  'm.room.redaction',
  'm.room.message',
];

/** All that some version keeps, and what none does. */
const CONTENT_KEYS = [
  'membership',
  'join_authorised_via_users_server',
  'creator',
  'join_rule',
  'allow',
  'ban',
  'events',
  'events_default',
  'invite',
  'kick',
  'redact',
  'redacts',
  'state_default',
  'users',
  'users_default',
  'notifications',
  'aliases',
  'history_visibility',
  'body',
  'reason',
];

const TOP_LEVEL_KEYS = [
  'membership',
  'prev_state',
  'origin',
  'redacts',
  'age',
  'replaces_state',
  'org.example.x',
];

const must = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('a generator made something that can not be');
  return value;
};

export const makeEvent = (rules: RoomVersionRules, random: Random): Pdu => {
  const type = random.pick(TYPES);
  const reference = (name: string) => {
    const id = must(parseEventId(`$${name}:a.example`));
    return rules.eventIdFormat === 'sender-chosen' ? ([id, { sha256: 'AAAA' }] as const) : id;
  };
  const isRoomless = rules.roomIdIsCreateHash && type === 'm.room.create';
  return {
    type,
    sender: must(parseUserId('@alice:a.example')),
    ...(isRoomless ? {} : { room_id: must(parseRoomId('!room:a.example')) }),
    ...stateKey(type, random),
    ...(rules.eventIdFormat === 'sender-chosen'
      ? { event_id: must(parseEventId(`$${random.next()}:a.example`)) }
      : {}),
    ...someOf(rules, random, TOP_LEVEL_KEYS),
    content: makeContent(rules, random),
    depth: random.below(1_000),
    origin_server_ts: random.next(),
    prev_events: isRoomless ? [] : [reference('previous')],
    auth_events: isRoomless ? [] : [reference('one'), reference('two')],
    hashes: { sha256: 'AAAA' },
    signatures: { 'a.example': { 'ed25519:1': 'AAAA' } },
    ...(random.below(3) === 0 ? { unsigned: { age: 5 } } : {}),
  };
};

const stateKey = (type: string, random: Random): JsonObject => {
  if (type === 'm.room.redaction' || type === 'm.room.message') return {};
  // A create event has no other in some versions.
  return { state_key: type === 'm.room.create' ? '' : random.pick(['', 'key', 'ü€😀']) };
};

const makeContent = (rules: RoomVersionRules, random: Random): JsonObject => ({
  ...someOf(rules, random, CONTENT_KEYS),
  ...(random.below(3) === 0
    ? {
        third_party_invite: random.pick<JsonValue>([
          { display_name: 'x', signed: { mxid: 'x', token: 'y' } },
          { display_name: 'x' },
          'x',
          5,
        ]),
      }
    : {}),
});

const someOf = (rules: RoomVersionRules, random: Random, keys: readonly string[]): JsonObject => {
  const chosen: { [key: string]: JsonValue } = {};
  for (const key of keys) if (random.below(2) === 0) chosen[key] = makeValue(rules, random);
  return chosen;
};

const makeValue = (rules: RoomVersionRules, random: Random): JsonValue => {
  const odd = rules.strictCanonicalJson
    ? []
    : [() => makeFloat(random), () => makeFloat(random), () => makeLarge(random)];
  return random.pick<() => JsonValue>([
    () => random.below(100) - 50,
    () => random.pick(['', 'x', 'ü€😀\u2028"\\\n\u0001', '/é']),
    () => null,
    () => random.below(2) === 0,
    () => ({ '\u{10000}': 1, '\ufb01': 2, a: [{}, []] }),
    () => [1, 'x', { b: 1, a: 2 }],
    ...odd,
  ])();
};

const makeFloat = (random: Random): JsonFault => {
  const sign = random.pick(['', '-']);
  const digits = String(random.next()).slice(0, 1 + random.below(10));
  const whole = random.pick(['0', String(Number(digits))]);
  const exponent =
    random.below(2) === 0 ? '' : `${random.pick(['e', 'E', 'e+', 'E-', 'e-'])}${random.below(40)}`;
  return new JsonFault('float', `${sign}${whole}.${digits}${exponent}`);
};

const makeLarge = (random: Random): JsonFault =>
  new JsonFault(
    'integer-range',
    `${random.pick(['', '-'])}9${random.next()}${String(random.next()).padStart(10, '0')}`,
  );
