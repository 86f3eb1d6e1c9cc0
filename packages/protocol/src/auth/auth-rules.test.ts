import { describe, expect, it } from 'vitest';
import { prevEventIds } from '../events/event-references.ts';
import type { Pdu } from '../events/pdu.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { KNOWN_ROOM_VERSIONS } from '../room-versions/room-versions.ts';
import { signJson } from '../signing/sign-json.ts';
import { signingKeyFromSeed } from '../signing/signing-key.ts';
import { asPdu, somePdu } from '../test-support/events.ts';
import { eventId, roomId, roomVersion, userId } from '../test-support/identifiers.ts';
import { authorizeEvent } from './authorize-event.ts';
import { actionPowerLevel, powerLevelOf, requiredPowerLevel, roomCreators } from './power-levels.ts';

const alice = '@alice:a.example';
const bob = '@bob:b.example';
const carol = '@carol:c.example';
const createId = eventId('$create');

type Case = {
  readonly versions?: readonly string[];
  readonly create?: JsonObject;
  /** Membership by user; alice is joined. */
  readonly members?: { readonly [user: string]: string };
  readonly joinRule?: string;
  /** Power levels; none when undefined. */
  readonly levels?: JsonObject;
  readonly state?: readonly Pdu[];
  readonly event: { readonly [key: string]: JsonValue | undefined };
  readonly allowed: boolean;
};

const since = (version: number): readonly string[] => KNOWN_ROOM_VERSIONS.slice(version - 1);
const until = (version: number): readonly string[] => KNOWN_ROOM_VERSIONS.slice(0, version);

/** Asks every version, and gives the verdicts that are not as expected. */
function wrongVerdicts(test: Case): readonly string[] {
  return (test.versions ?? KNOWN_ROOM_VERSIONS).filter(
    (version) => isAllowed(test, version) !== test.allowed,
  );
}

function isAllowed(test: Case, version: string): boolean {
  const rules = roomVersion(version);
  const id = roomId(rules.roomIdIsCreateHash ? '!create' : '!room:a.example');
  const create = somePdu({
    type: 'm.room.create',
    state_key: '',
    sender: alice,
    content: { ...(rules.creatorIsSender ? {} : { creator: alice }), ...test.create },
    room_id: rules.roomIdIsCreateHash ? undefined : id,
    prev_events: [],
    auth_events: [],
  });
  const state = [
    ...(rules.roomIdIsCreateHash ? [] : [create]),
    ...Object.entries({ [alice]: 'join', ...test.members }).map(([user, membership]) =>
      somePdu({ type: 'm.room.member', sender: user, state_key: user, content: { membership } }),
    ),
    ...(test.joinRule === undefined
      ? []
      : [
          somePdu({
            type: 'm.room.join_rules',
            sender: alice,
            state_key: '',
            content: { join_rule: test.joinRule },
          }),
        ]),
    ...(test.levels === undefined
      ? []
      : [somePdu({ type: 'm.room.power_levels', sender: alice, state_key: '', content: test.levels })]),
    ...(test.state ?? []),
  ];
  const event = asRoomVersion(rules, somePdu({ room_id: id, sender: alice, ...test.event }));
  const look = (type: string, key: string) => state.find((pdu) => pdu.type === type && pdu.state_key === key);
  return authorizeEvent(rules, event, look, { createEvent: create, createEventId: createId, roomId: id })
    .allowed;
}

/** Where events are named with their hashes, the case names them by ID all the same. */
function asRoomVersion(rules: RoomVersionRules, event: Pdu): Pdu {
  if (rules.eventIdFormat !== 'sender-chosen') return event;
  const prev_events = prevEventIds(event).map((id) => [id, { sha256: 'eA' }]);
  return asPdu({ event_id: '$chosen:a.example', ...event, prev_events });
}

function member(sender: string, target: string, membership: string, more: JsonObject = {}): Case['event'] {
  return { type: 'm.room.member', sender, state_key: target, content: { membership, ...more } };
}

function levelsEvent(sender: string, content: JsonObject): Case['event'] {
  return { type: 'm.room.power_levels', sender, state_key: '', content };
}

function check(name: string, cases: readonly Case[]): void {
  it(name, () => {
    for (const test of cases) expect([test, wrongVerdicts(test)]).toEqual([test, []]);
  });
}

describe('the authorisation rules for create events', () => {
  const create = (content: JsonObject, more: Case['event'] = {}): Case['event'] => ({
    type: 'm.room.create',
    state_key: '',
    prev_events: [],
    content,
    ...more,
  });
  const old = until(11);
  check('allow one that begins the graph', [
    { versions: old, event: create({ creator: alice, room_version: '10' }), allowed: true },
    { versions: ['12'], event: create({ room_version: '12' }, { room_id: undefined }), allowed: true },
    { versions: old, event: create({ creator: alice }, { prev_events: ['$x'] }), allowed: false },
    { versions: ['12'], event: create({}, { room_id: undefined, prev_events: ['$x'] }), allowed: false },
  ]);
  check('tie the room ID to the sender, or forbid it', [
    { versions: old, event: create({ creator: bob }, { sender: bob }), allowed: false },
    { versions: old, event: create({ creator: alice }, { room_id: '!opaque' }), allowed: false },
    { versions: ['12'], event: create({}), allowed: false },
  ]);
  check('want a recognised version, and a creator before version 11', [
    { versions: old, event: create({ creator: alice, room_version: 'nonsense' }), allowed: false },
    { versions: old, event: create({ creator: alice, room_version: 10 }), allowed: false },
    { versions: until(10), event: create({}), allowed: false },
    { versions: ['11'], event: create({}), allowed: true },
  ]);
  check('want user IDs as additional creators in version 12', [
    {
      versions: ['12'],
      event: create({ additional_creators: [bob] }, { room_id: undefined }),
      allowed: true,
    },
    { versions: ['12'], event: create({ additional_creators: bob }, { room_id: undefined }), allowed: false },
    {
      versions: ['12'],
      event: create({ additional_creators: ['bob'] }, { room_id: undefined }),
      allowed: false,
    },
    { versions: ['12'], event: create({ additional_creators: [1] }, { room_id: undefined }), allowed: false },
    { versions: ['11'], event: create({ additional_creators: 1 }), allowed: true },
  ]);
});

describe('the authorisation rules for joins', () => {
  check('let the creator join first', [
    {
      members: { [alice]: 'leave' },
      event: { ...member(alice, alice, 'join'), prev_events: [createId] },
      allowed: true,
    },
    {
      members: { [alice]: 'leave' },
      event: { ...member(alice, alice, 'join'), prev_events: ['$x'] },
      allowed: false,
    },
    {
      members: { [alice]: 'leave' },
      event: { ...member(alice, alice, 'join'), prev_events: [createId, '$x'] },
      allowed: false,
    },
    { event: { ...member(bob, bob, 'join'), prev_events: [createId] }, allowed: false },
  ]);
  check('follow the join rule', [
    { joinRule: 'public', event: member(bob, bob, 'join'), allowed: true },
    { joinRule: 'public', event: member(alice, bob, 'join'), allowed: false },
    { joinRule: 'public', members: { [bob]: 'ban' }, event: member(bob, bob, 'join'), allowed: false },
    { joinRule: 'invite', event: member(bob, bob, 'join'), allowed: false },
    { joinRule: 'invite', members: { [bob]: 'invite' }, event: member(bob, bob, 'join'), allowed: true },
    { joinRule: 'invite', members: { [bob]: 'join' }, event: member(bob, bob, 'join'), allowed: true },
    { joinRule: 'knock', members: { [bob]: 'knock' }, event: member(bob, bob, 'join'), allowed: false },
    {
      versions: since(7),
      joinRule: 'knock',
      members: { [bob]: 'invite' },
      event: member(bob, bob, 'join'),
      allowed: true,
    },
    {
      versions: until(6),
      joinRule: 'knock',
      members: { [bob]: 'invite' },
      event: member(bob, bob, 'join'),
      allowed: false,
    },
    { event: member(bob, bob, 'join'), allowed: false },
    { members: { [bob]: 'invite' }, event: member(bob, bob, 'join'), allowed: true },
    { joinRule: 'private', members: { [bob]: 'invite' }, event: member(bob, bob, 'join'), allowed: false },
  ]);
  const authorised = member(bob, bob, 'join', { join_authorised_via_users_server: carol });
  const restrictedRules = [
    ['restricted', since(8)],
    ['knock_restricted', since(10)],
  ] as const;
  const restrictedCases = (joinRule: string): readonly Case[] => [
    { joinRule, event: member(bob, bob, 'join'), allowed: false },
    { joinRule, members: { [bob]: 'invite' }, event: member(bob, bob, 'join'), allowed: true },
    { joinRule, members: { [carol]: 'join' }, event: authorised, allowed: true },
    { joinRule, members: { [carol]: 'leave' }, event: authorised, allowed: false },
    { joinRule, members: { [carol]: 'join' }, levels: { invite: 1 }, event: authorised, allowed: false },
    {
      joinRule,
      members: { [carol]: 'join' },
      levels: { invite: 1, users: { [carol]: 1 } },
      event: authorised,
      allowed: true,
    },
    { joinRule, members: { [carol]: 'join', [bob]: 'ban' }, event: authorised, allowed: false },
  ];
  check('want somebody who may invite for a restricted join', [
    ...restrictedRules.flatMap(([joinRule, versions]): Case[] =>
      restrictedCases(joinRule).map((test) => ({ ...test, versions })),
    ),
    ...restrictedRules.map(
      ([joinRule, versions]): Case => ({
        versions: KNOWN_ROOM_VERSIONS.filter((version) => !versions.includes(version)),
        joinRule,
        members: { [bob]: 'invite', [carol]: 'join' },
        event: authorised,
        allowed: false,
      }),
    ),
    {
      versions: since(8),
      joinRule: 'public',
      event: member(bob, bob, 'join', { join_authorised_via_users_server: 'nobody' }),
      allowed: false,
    },
    {
      versions: since(8),
      joinRule: 'public',
      event: member(bob, bob, 'join', { join_authorised_via_users_server: 1 }),
      allowed: false,
    },
  ]);
});

describe('the authorisation rules for other memberships', () => {
  const levels = { users: { [bob]: 50, [carol]: 50 }, invite: 50 };
  check('for invites', [
    { event: member(alice, bob, 'invite'), allowed: true },
    { event: member(bob, carol, 'invite'), allowed: false },
    { members: { [bob]: 'join' }, event: member(alice, bob, 'invite'), allowed: false },
    { members: { [bob]: 'ban' }, event: member(alice, bob, 'invite'), allowed: false },
    { members: { [bob]: 'knock' }, event: member(alice, bob, 'invite'), allowed: true },
    { members: { [bob]: 'join' }, levels, event: member(bob, '@dave:d', 'invite'), allowed: true },
    {
      members: { [bob]: 'join' },
      levels: { invite: 51, ...{ users: { [bob]: 50 } } },
      event: member(bob, carol, 'invite'),
      allowed: false,
    },
  ]);
  check('for leaving and kicking', [
    { members: { [bob]: 'join' }, event: member(bob, bob, 'leave'), allowed: true },
    { members: { [bob]: 'invite' }, event: member(bob, bob, 'leave'), allowed: true },
    { versions: since(7), members: { [bob]: 'knock' }, event: member(bob, bob, 'leave'), allowed: true },
    { versions: until(6), members: { [bob]: 'knock' }, event: member(bob, bob, 'leave'), allowed: false },
    { members: { [bob]: 'ban' }, event: member(bob, bob, 'leave'), allowed: false },
    { event: member(bob, bob, 'leave'), allowed: false },
    { members: { [bob]: 'join' }, event: member(alice, bob, 'leave'), allowed: true },
    { members: { [bob]: 'join' }, event: member(carol, bob, 'leave'), allowed: false },
    {
      members: { [bob]: 'join', [carol]: 'join' },
      levels,
      event: member(bob, carol, 'leave'),
      allowed: false,
    },
    {
      members: { [bob]: 'join', [carol]: 'join' },
      levels: { users: { [bob]: 50 } },
      event: member(bob, carol, 'leave'),
      allowed: true,
    },
    {
      members: { [bob]: 'join', [carol]: 'join' },
      levels: { kick: 51, users: { [bob]: 50 } },
      event: member(bob, carol, 'leave'),
      allowed: false,
    },
    {
      members: { [bob]: 'join', [carol]: 'ban' },
      levels: { ban: 51, users: { [bob]: 50 } },
      event: member(bob, carol, 'leave'),
      allowed: false,
    },
    {
      members: { [bob]: 'join', [carol]: 'ban' },
      levels: { users: { [bob]: 50 } },
      event: member(bob, carol, 'leave'),
      allowed: true,
    },
  ]);
  check('for bans', [
    { event: member(alice, bob, 'ban'), allowed: true },
    { event: member(bob, carol, 'ban'), allowed: false },
    { members: { [bob]: 'join' }, levels, event: member(bob, carol, 'ban'), allowed: false },
    { members: { [bob]: 'join' }, levels, event: member(bob, '@dave:d', 'ban'), allowed: true },
    {
      members: { [bob]: 'join' },
      levels: { ban: 51, users: { [bob]: 50 } },
      event: member(bob, carol, 'ban'),
      allowed: false,
    },
    {
      members: { [bob]: 'join' },
      levels: { users: { [bob]: 50 } },
      event: member(bob, 'no user', 'ban'),
      allowed: true,
    },
  ]);
  check('for knocks', [
    { versions: since(7), joinRule: 'knock', event: member(bob, bob, 'knock'), allowed: true },
    { versions: until(6), joinRule: 'knock', event: member(bob, bob, 'knock'), allowed: false },
    { versions: since(10), joinRule: 'knock_restricted', event: member(bob, bob, 'knock'), allowed: true },
    { versions: until(9), joinRule: 'knock_restricted', event: member(bob, bob, 'knock'), allowed: false },
    { joinRule: 'public', event: member(bob, bob, 'knock'), allowed: false },
    { joinRule: 'restricted', event: member(bob, bob, 'knock'), allowed: false },
    { event: member(bob, bob, 'knock'), allowed: false },
    { joinRule: 'knock', event: member(alice, bob, 'knock'), allowed: false },
    ...['ban', 'invite', 'join'].map(
      (membership): Case => ({
        joinRule: 'knock',
        members: { [bob]: membership },
        event: member(bob, bob, 'knock'),
        allowed: false,
      }),
    ),
    {
      versions: since(7),
      joinRule: 'knock',
      members: { [bob]: 'knock' },
      event: member(bob, bob, 'knock'),
      allowed: true,
    },
  ]);
  check('for what is no membership', [
    { event: { ...member(alice, alice, 'join'), state_key: undefined }, allowed: false },
    { event: { ...member(alice, alice, 'join'), content: {} }, allowed: false },
    { event: member(alice, alice, 'dance'), allowed: false },
    { event: { ...member(alice, alice, 'join'), content: { membership: 1 } }, allowed: false },
  ]);
});

describe('the authorisation rules for third-party invites', () => {
  const key = signingKeyFromSeed(new Uint8Array(32).fill(3), '0');
  const signed = signJson({ mxid: bob, token: 'token' }, 'id.example', key);
  const invite = (content: JsonValue, sender = alice): Case['event'] =>
    member(sender, bob, 'invite', { third_party_invite: content });
  const original = (content: JsonObject, sender = alice) =>
    somePdu({ type: 'm.room.third_party_invite', sender, state_key: 'token', content });
  const state = [original({ public_key: key.publicKey })];
  check('follow the signature', [
    { state, event: invite({ signed }), allowed: true },
    {
      state: [original({ public_keys: [{ public_key: 'x' }, { public_key: key.publicKey }] })],
      event: invite({ signed }),
      allowed: true,
    },
    { state: [original({ public_key: 'x' })], event: invite({ signed }), allowed: false },
    { state: [original({ public_keys: [key.publicKey, null] })], event: invite({ signed }), allowed: false },
    { state: [original({ public_key: key.publicKey }, carol)], event: invite({ signed }), allowed: false },
    { state, members: { [bob]: 'ban' }, event: invite({ signed }), allowed: false },
    { state, event: invite({ signed: { ...signed, token: 'other' } }), allowed: false },
    { state, event: invite({ signed: { ...signed, mxid: carol } }), allowed: false },
    { state, event: invite({ signed: { ...signed, more: 1 } }), allowed: false },
    { state, event: invite({ signed: { mxid: bob, token: 'token' } }), allowed: false },
    { state, event: invite({}), allowed: false },
    { state, event: invite(true), allowed: false },
    { event: invite({ signed }), allowed: false },
  ]);
  const offer = { type: 'm.room.third_party_invite', state_key: 'token', content: {} };
  check('need the level to invite', [
    { event: { ...offer, sender: bob }, allowed: false },
    { members: { [bob]: 'join' }, event: { ...offer, sender: bob }, allowed: true },
    { members: { [bob]: 'join' }, levels: { invite: 1 }, event: { ...offer, sender: bob }, allowed: false },
  ]);
});

describe('the authorisation rules for other events', () => {
  check('want a joined sender of the same room', [
    { event: {}, allowed: true },
    { event: { sender: bob }, allowed: false },
    { members: { [bob]: 'invite' }, event: { sender: bob }, allowed: false },
    { members: { [bob]: 'join' }, event: { sender: bob }, allowed: true },
    { event: { room_id: '!other:a.example' }, allowed: false },
    { event: { room_id: '!other' }, allowed: false },
  ]);
  check('keep a room that is not federated to one server', [
    { create: { 'm.federate': false }, members: { [bob]: 'join' }, event: { sender: bob }, allowed: false },
    { create: { 'm.federate': false }, event: {}, allowed: true },
    { create: { 'm.federate': false }, joinRule: 'public', event: member(bob, bob, 'join'), allowed: false },
    { create: { 'm.federate': 'false' }, members: { [bob]: 'join' }, event: { sender: bob }, allowed: true },
  ]);
  const members = { [bob]: 'join' };
  const topic = { type: 'm.room.topic', state_key: '', sender: bob };
  check('want the power for the type', [
    { members, event: topic, allowed: false },
    { members, levels: {}, event: topic, allowed: false },
    { members, levels: { state_default: 0 }, event: topic, allowed: true },
    { members, levels: { events: { 'm.room.topic': 0 } }, event: topic, allowed: true },
    { members, levels: { users_default: 50 }, event: topic, allowed: true },
    { members, levels: { users: { [bob]: 50 } }, event: topic, allowed: true },
    { members, levels: { users: { [bob]: 49 } }, event: topic, allowed: false },
    { members, levels: { events_default: 1 }, event: { sender: bob }, allowed: false },
    { members, levels: { events: { toString: 0 } }, event: { sender: bob, type: 'toString' }, allowed: true },
    {
      members,
      levels: { events: {}, events_default: 1 },
      event: { sender: bob, type: 'toString' },
      allowed: false,
    },
    {
      versions: ['10', '11'],
      levels: { state_default: 1 },
      event: { ...topic, sender: alice },
      allowed: false,
    },
    { versions: ['12'], levels: { state_default: 1 }, event: { ...topic, sender: alice }, allowed: true },
  ]);
  check('keep state keys that are users to those users', [
    { event: { type: 'org.example', state_key: alice }, allowed: true },
    { event: { type: 'org.example', state_key: bob }, allowed: false },
    { event: { type: 'org.example', state_key: '@' }, allowed: false },
    { event: { type: 'org.example', state_key: 'b' }, allowed: true },
  ]);
});

describe('the authorisation rules for power levels', () => {
  const members = { [bob]: 'join' };
  const before = {
    users: { [bob]: 50, [carol]: 50 },
    events: { a: 50, high: 60 },
    state_default: 50,
    kick: 60,
  };
  const change = (content: JsonObject, allowed: boolean, levels: JsonObject | undefined = before): Case => ({
    members,
    levels,
    event: levelsEvent(bob, content),
    allowed,
  });
  check('want integers', [
    ...['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'].map(
      (name) => ({
        ...change({ ...before, [name]: '50' }, false),
        versions: since(10),
      }),
    ),
    ...['events', 'notifications', 'users'].flatMap((name) => [
      { ...change({ ...before, [name]: 50 }, false), versions: since(10) },
      { ...change({ ...before, [name]: { [bob]: '50' } }, false), versions: since(10) },
      { ...change({ ...before, [name]: [] }, false), versions: since(10) },
    ]),
    change({ ...before, users: { ...before.users, nobody: 1 } }, false),
    { event: levelsEvent(alice, { users: { nobody: 1 } }), allowed: false },
    { versions: since(10), event: levelsEvent(alice, { ban: null }), allowed: false },
  ]);
  check('allow any first ones, but no creators from version 12', [
    { versions: ['10', '11'], event: levelsEvent(alice, { users: { [alice]: 9_000 } }), allowed: true },
    { versions: ['12'], event: levelsEvent(alice, { users: { [alice]: 100 } }), allowed: false },
    { versions: ['12'], event: levelsEvent(alice, { users: { [bob]: 100 } }), allowed: true },
    {
      versions: ['12'],
      create: { additional_creators: [bob] },
      event: levelsEvent(alice, { users: { [bob]: 1 } }),
      allowed: false,
    },
    {
      versions: ['10', '11'],
      create: { additional_creators: [bob] },
      event: levelsEvent(alice, { users: { [alice]: 1, [bob]: 1 } }),
      allowed: true,
    },
  ]);
  check('keep everybody at or below their own level', [
    change(before, true),
    change({ ...before, ban: 50 }, true),
    change({ ...before, ban: 51 }, false),
    change({ ...before, kick: 50 }, false),
    change({ ...before, kick: 60 }, true),
    change({ users: before.users, events: before.events, state_default: 50 }, false),
    change({ ...before, events: { a: 0, high: 60 } }, true),
    change({ ...before, events: { high: 60 } }, true),
    change({ ...before, events: { a: 51, high: 60 } }, false),
    change({ ...before, events: { a: 50, high: 1 } }, false),
    change({ ...before, events: { a: 50 } }, false),
    change({ ...before, events: { ...before.events, b: 51 } }, false),
    { ...change({ ...before, notifications: { room: 51 } }, false), versions: since(6) },
    { ...change({ ...before, notifications: { room: 51 } }, true), versions: until(5) },
    change({ ...before, notifications: { room: 50 } }, true),
    { ...change(before, false, { ...before, notifications: { room: 51 } }), versions: since(6) },
    change({ ...before, users: { ...before.users, [bob]: 0 } }, true),
    change({ ...before, users: { [carol]: 50 } }, true),
    change({ ...before, users: { ...before.users, [bob]: 51 } }, false),
    change({ ...before, users: { ...before.users, [carol]: 0 } }, false),
    change({ ...before, users: { [bob]: 50 } }, false),
    change({ ...before, users: { ...before.users, '@dave:d': 50 } }, true),
    change({ ...before, users: { ...before.users, '@dave:d': 51 } }, false),
    change({ ...before, users: { ...before.users, '@dave:d': 0 } }, true, {
      ...before,
      users: { ...before.users, '@dave:d': 49 },
    }),
  ]);
});

describe('power levels', () => {
  const create = somePdu({
    type: 'm.room.create',
    sender: alice,
    content: { creator: bob, additional_creators: [carol, 1] },
  });
  const levels = somePdu({
    content: { users: { [bob]: 7 }, users_default: 3, events: { x: 1 }, kick: 2, state_default: 5 },
  });
  it('are those of the creators without power levels', () => {
    expect(since(10).map((version) => roomCreators(roomVersion(version), create))).toEqual([
      [bob],
      [alice],
      [alice, carol],
    ]);
    const of = (user: string) =>
      since(10).map((version) => powerLevelOf(roomVersion(version), create, undefined, userId(user)));
    expect(of(alice)).toEqual([0, 100, Infinity]);
    expect(of(bob)).toEqual([100, 0, 0]);
    expect(of(carol)).toEqual([0, 0, Infinity]);
  });

  it('are given by user, by type and by action, or by default', () => {
    const rules = roomVersion('12');
    expect([bob, '@x:y', alice].map((user) => powerLevelOf(rules, create, levels, userId(user)))).toEqual([
      7,
      3,
      Infinity,
    ]);
    expect(requiredPowerLevel(rules, levels, 'x', true)).toBe(1);
    expect([true, false].map((isState) => requiredPowerLevel(rules, levels, 'y', isState))).toEqual([5, 0]);
    expect([true, false].map((isState) => requiredPowerLevel(rules, undefined, 'y', isState))).toEqual([
      50, 0,
    ]);
    const actions = ['ban', 'kick', 'redact', 'invite'] as const;
    expect(actions.map((action) => actionPowerLevel(rules, levels, action))).toEqual([50, 2, 50, 0]);
    expect(actions.map((action) => actionPowerLevel(rules, undefined, action))).toEqual([50, 50, 50, 0]);
  });
});
