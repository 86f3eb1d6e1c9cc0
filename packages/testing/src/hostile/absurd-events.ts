import type { JsonObject } from '@causeway/protocol';
import { madeEvent } from './hostile-event.ts';
import { accepted, changed, type HostileEvent, message, nested, state } from './hostile-item.ts';

const fullOf = (value: JsonObject[string]): JsonObject =>
  Object.fromEntries(
    [
      'msgtype',
      'body',
      'format',
      'formatted_body',
      'url',
      'info',
      'm.relates_to',
      'm.mentions',
      'm.new_content',
    ].map((key) => [key, value] as const),
  );

/** Allowed by every rule, and with content that no client writes: whoever reads it has to bear it. */
export const absurd: readonly HostileEvent[] = [
  accepted('a message whose fields are all null', message(fullOf(null))),
  accepted('a message whose fields are all numbers', message(fullOf(7))),
  accepted('a message whose fields are all lists', message(fullOf([[], {}]))),
  accepted('a message whose fields are all objects', message(fullOf({ '': { '': {} } }))),
  accepted('a message with nothing in it', message({})),
  accepted(
    'a message with __proto__ and constructor',
    message(
      JSON.parse('{"__proto__":{"body":1},"constructor":{"prototype":1},"toString":1,"hasOwnProperty":null}'),
    ),
  ),
  accepted(
    'a message with the empty key, NUL and noncharacters',
    message({ '': '\u0000\uffff\u{10ffff}', '\u0000': '\u0000', body: '\u202e\u0000' }),
  ),
  accepted('a message nested as deep as may be', message({ deep: JSON.parse(nested(125)) })),
  accepted(
    'a message of 60,000 bytes of one emoji',
    message({ msgtype: 'm.text', body: '😀'.repeat(15_000) }),
  ),
  accepted('a type that is empty', { type: '', content: {} }),
  accepted('a type that is __proto__', { type: '__proto__', content: {} }),
  accepted('a type of 255 bytes, in characters of three', { type: '…'.repeat(85), content: {} }),
  accepted(
    'an edit of nothing',
    message({
      body: '* x',
      'm.new_content': 7,
      'm.relates_to': { rel_type: 'm.replace', event_id: 'nothing' },
    }),
  ),
  accepted('a reaction with a key that is an object', {
    type: 'm.reaction',
    content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$x', key: {} } },
  }),
  accepted('a relation to itself by every name', (ground) =>
    message({
      body: 'x',
      'm.relates_to': {
        rel_type: 'm.thread',
        event_id: `!${ground.roomId}`,
        'm.in_reply_to': { event_id: [] },
        is_falling_back: 'yes',
      },
    }),
  ),
  accepted(
    'a relation whose kind is 60,000 bytes long',
    message({ body: 'x', 'm.relates_to': { rel_type: 'r'.repeat(60_000), event_id: '$x' } }),
  ),
  accepted(
    'mentions of everything',
    message({
      body: 'x',
      'm.mentions': { user_ids: [7, null, {}, '@nora:north.test', '@'.repeat(300)], room: 'yes' },
    }),
  ),
  accepted('a redaction of what is not there', {
    type: 'm.room.redaction',
    content: { redacts: '$nowhere' },
  }),
  accepted('a redaction of a number', { type: 'm.room.redaction', content: { redacts: 7 } }),
  accepted('a time at the beginning of time', { origin_server_ts: 0 }),
  accepted('a time before all time', { origin_server_ts: Number.MIN_SAFE_INTEGER }),
  accepted(
    'an invitation of a member that is nobody',
    state('m.room.member', { membership: 'invite' }, 'nobody'),
  ),
  accepted('a ban of __proto__', state('m.room.member', { membership: 'ban', reason: [] }, '__proto__')),
  accepted('a depth of nothing', { depth: 0 }),
  accepted('the greatest depth', { depth: Number.MAX_SAFE_INTEGER }),
  {
    name: 'the same parent twenty times',
    verdict: 'accepted',
    make: async (ground) => {
      const { pdu } = await madeEvent(ground);
      const [parent] = pdu.prev_events;
      return changed(parent === undefined ? {} : { prev_events: Array(20).fill(parent) })(ground);
    },
  },
  accepted('a name that is a number', state('m.room.name', { name: 7 })),
  accepted('a name of 60,000 bytes', state('m.room.name', { name: 'n'.repeat(60_000) })),
  accepted('a topic that is a list', state('m.room.topic', { topic: [], 'm.topic': { 'm.text': 7 } })),
  accepted('a picture that is an object', state('m.room.avatar', { url: {}, info: [] })),
  accepted(
    'an alias that is a number, and others that are none',
    state('m.room.canonical_alias', { alias: 7, alt_aliases: {} }),
  ),
  accepted('pins that are no list', state('m.room.pinned_events', { pinned: { $x: 1 } })),
  accepted('encryption that is a number', state('m.room.encryption', { algorithm: 7 })),
  accepted('guest access that is null', state('m.room.guest_access', { guest_access: null })),
  accepted(
    'a history visibility that is unknown',
    state('m.room.history_visibility', { history_visibility: ['world_readable'] }),
  ),
  accepted(
    'a child of a space that is no room',
    state('m.space.child', { via: 7, order: 7, suggested: 'yes' }, 'no room at all'),
  ),
  accepted('a child of a space that is the room itself', (ground) =>
    state('m.space.child', { via: ['south.test'] }, ground.roomId),
  ),
  accepted('a parent space that is a list', state('m.space.parent', { canonical: [], via: {} }, '!x:y')),
  accepted(
    'a policy rule against everything',
    state('m.policy.rule.user', { entity: '*'.repeat(5_000), recommendation: 7 }, 'rule'),
  ),
  accepted('a policy server that is a number', state('m.room.policy', { via: 7, public_key: [] })),
  accepted('a call that is a list', state('m.call.member', { memberships: [7] }, '_@sam')),
  accepted('a retention of minus one', state('m.room.retention', { max_lifetime: -1, min_lifetime: 'x' })),
  accepted(
    'a server ACL that names no server rightly',
    state('m.room.server_acl', {
      allow: ['*'],
      deny: [7, null, '*'.repeat(5_000) + 'x'],
      allow_ip_literals: 'no',
    }),
  ),
  accepted('a face that is an object', (ground) =>
    state(
      'm.room.member',
      { membership: 'join', displayname: {}, avatar_url: 7, is_direct: [], reason: {} },
      ground.sender,
    ),
  ),
  accepted('a display name of 60,000 bytes', (ground) =>
    state('m.room.member', { membership: 'join', displayname: '\u202e'.repeat(20_000) }, ground.sender),
  ),
  accepted(
    'a tombstone that leads nowhere',
    state('m.room.tombstone', { body: 7, replacement_room: { room: 1 } }),
  ),
  accepted(
    'state of every name under every key',
    state('__proto__', JSON.parse('{"__proto__":1}'), '__proto__'),
  ),
  accepted(
    'a third-party invitation of nothing',
    state('m.room.third_party_invite', { display_name: 7, public_keys: 'x', public_key: {} }, 'token'),
  ),
];
