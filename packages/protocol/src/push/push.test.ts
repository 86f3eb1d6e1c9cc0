import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { userId } from '../test-support/identifiers.ts';
import { defaultPushRules } from './default-push-rules.ts';
import { evaluatePushRules, type PushContext } from './evaluate-push-rules.ts';
import { propertyAt } from './property-path.ts';
import type { PushRule, PushRuleKind, PushRuleset } from './push-rule.ts';

const alice = userId('@alice:a.example');
const defaults = defaultPushRules(alice);

const group: PushContext = {
  userId: alice,
  displayName: 'Alice',
  memberCount: 3,
  senderPowerLevel: 0,
  notificationLevels: undefined,
};

function message(content: JsonObject, more: JsonObject = {}): JsonObject {
  return { type: 'm.room.message', sender: '@bob:b.example', room_id: '!room', content, ...more };
}

function evaluate(event: JsonObject, context: Partial<PushContext> = {}, rules: PushRuleset = defaults) {
  return evaluatePushRules(rules, event, { ...group, ...context });
}

describe('the default push rules', () => {
  const quiet = { notify: false, highlight: false };
  const loud = { notify: true, highlight: false };

  it('notify of messages, with a sound between two', () => {
    expect(evaluate(message({ body: 'hello', msgtype: 'm.text' }))).toEqual(loud);
    expect(evaluate(message({ body: 'hello' }), { memberCount: 2 })).toEqual({ ...loud, sound: 'default' });
    expect(evaluate(message({}, { type: 'm.room.encrypted' }))).toEqual(loud);
    expect(evaluate(message({}, { type: 'm.room.encrypted' }), { memberCount: 2 })).toEqual({
      ...loud,
      sound: 'default',
    });
    expect(evaluate(message({}, { type: 'm.call.invite' }))).toEqual({ ...loud, sound: 'ring' });
  });

  it('highlight mentions', () => {
    const mention = { 'm.mentions': { user_ids: ['@x:y', alice] } };
    expect(evaluate(message(mention))).toEqual({ notify: true, highlight: true, sound: 'default' });
    expect(evaluate(message({ 'm.mentions': { user_ids: ['@x:y'] } }))).toEqual(loud);
    expect(evaluate(message({ 'm.mentions': { user_ids: alice } }))).toEqual(loud);
  });

  it('let those notify the room who may', () => {
    const room = message({ 'm.mentions': { room: true } });
    expect(evaluate(room)).toEqual(loud);
    expect(evaluate(room, { senderPowerLevel: 50 })).toEqual({ notify: true, highlight: true });
    expect(evaluate(room, { senderPowerLevel: 50, notificationLevels: { room: 51 } })).toEqual(loud);
    expect(evaluate(room, { notificationLevels: { room: 0 } })).toEqual({ notify: true, highlight: true });
  });

  it('tell of an invite and of an upgrade', () => {
    const invite = {
      type: 'm.room.member',
      sender: '@bob:b',
      state_key: alice,
      content: { membership: 'invite' },
    };
    expect(evaluate(invite)).toEqual({ notify: true, highlight: false, sound: 'default' });
    expect(evaluate({ ...invite, state_key: '@carol:c' })).toEqual(quiet);
    expect(evaluate({ type: 'm.room.tombstone', state_key: '', content: {} })).toEqual({
      notify: true,
      highlight: true,
    });
    expect(evaluate({ type: 'm.room.tombstone', content: {} })).toEqual(quiet);
  });

  it('keep quiet about the rest', () => {
    for (const event of [
      message({ msgtype: 'm.notice', body: 'x' }),
      message({ 'm.relates_to': { rel_type: 'm.replace' }, body: 'x' }),
      message({ body: 'x' }, { sender: alice }),
      message({}, { type: 'm.reaction' }),
      message({}, { type: 'm.room.server_acl', state_key: '' }),
      message({}, { type: 'org.example' }),
    ]) {
      expect(evaluate(event)).toEqual(quiet);
    }
  });
});

describe('push rules', () => {
  const notify: readonly JsonValue[] = ['notify'];
  const only = (kind: PushRuleKind, rule: Partial<PushRule>): PushRuleset => ({
    override: [],
    content: [],
    room: [],
    sender: [],
    underride: [],
    [kind]: [{ rule_id: 'x', default: false, enabled: true, actions: notify, ...rule }],
  });
  const matches = (
    kind: PushRuleKind,
    rule: Partial<PushRule>,
    event: JsonObject,
    context: Partial<PushContext> = {},
  ) => evaluate(event, context, only(kind, rule)).notify;
  const holds = (condition: JsonObject, event: JsonObject, context: Partial<PushContext> = {}) =>
    matches('override', { conditions: [condition] }, event, context);

  it('match by condition', () => {
    const event = message({
      body: 'An example event.',
      topic: 'Lunch plans',
      'm.federate': true,
      list: ['a', 1, {}],
    });
    const cases: readonly (readonly [JsonObject, boolean])[] = [
      [{ kind: 'event_match', key: 'content.topic', pattern: 'lunc?*' }, true],
      [{ kind: 'event_match', key: 'content.topic', pattern: 'plans' }, false],
      [{ kind: 'event_match', key: 'content.body', pattern: 'ex*ple' }, true],
      [{ kind: 'event_match', key: 'content.body', pattern: 'exam' }, false],
      [{ kind: 'event_match', key: 'content.absent', pattern: '*' }, false],
      [{ kind: 'event_match', key: 'content.list', pattern: '*' }, false],
      [{ kind: 'event_property_is', key: 'content.m\\.federate', value: true }, true],
      [{ kind: 'event_property_is', key: 'content.m\\.federate', value: 'true' }, false],
      [{ kind: 'event_property_is', key: 'content.m.federate', value: true }, false],
      [{ kind: 'event_property_is', key: 'content.list', value: ['a'] }, false],
      [{ kind: 'event_property_is', key: 'content.absent' }, false],
      [{ kind: 'event_property_contains', key: 'content.list', value: 1 }, true],
      [{ kind: 'event_property_contains', key: 'content.list', value: 'b' }, false],
      [{ kind: 'event_property_contains', key: 'content.topic', value: 'L' }, false],
      [{ kind: 'room_member_count', is: '3' }, true],
      [{ kind: 'room_member_count', is: '==3' }, true],
      [{ kind: 'room_member_count', is: '<3' }, false],
      [{ kind: 'room_member_count', is: '<=3' }, true],
      [{ kind: 'room_member_count', is: '>2' }, true],
      [{ kind: 'room_member_count', is: '>=4' }, false],
      [{ kind: 'room_member_count', is: 'three' }, false],
      [{ kind: 'sender_notification_permission', key: 'room' }, false],
      [{ kind: 'contains_display_name' }, false],
      [{ kind: 'org.example.unknown' }, false],
      [{}, false],
    ];
    for (const [condition, expected] of cases)
      expect([condition, holds(condition, event)]).toEqual([condition, expected]);
  });

  it('match a display name as it is written', () => {
    const byName = (body: string, displayName: string) =>
      holds({ kind: 'contains_display_name' }, message({ body }), { displayName });
    expect(byName('hello alice!', 'Alice')).toBe(true);
    expect(byName('malice', 'Alice')).toBe(false);
    expect(byName('anything', '*')).toBe(false);
    expect(byName('anything', '')).toBe(false);
  });

  it('match by content, room and sender', () => {
    expect(matches('content', { pattern: 'cake' }, message({ body: 'Cake!' }))).toBe(true);
    expect(matches('content', { pattern: 'cake' }, message({ body: 'pancake' }))).toBe(false);
    expect(matches('content', {}, message({ body: 'cake' }))).toBe(false);
    expect(matches('room', { rule_id: '!room' }, message({}))).toBe(true);
    expect(matches('room', { rule_id: '!other' }, message({}))).toBe(false);
    expect(matches('sender', { rule_id: '@bob:b.example' }, message({}))).toBe(true);
  });

  it('count in their order, and only when enabled', () => {
    const rule = (enabled: boolean, actions: readonly JsonValue[]): PushRule => ({
      rule_id: 'x',
      default: false,
      enabled,
      actions,
    });
    const ruleset = {
      ...only('underride', {}),
      override: [rule(false, notify), rule(true, []), rule(true, notify)],
    };
    expect(evaluate(message({}), {}, ruleset)).toEqual({ notify: false, highlight: false });
  });

  it('ignore actions of the past, and read tweaks', () => {
    const verdict = (...actions: JsonValue[]) => evaluate(message({}), {}, only('override', { actions }));
    expect(verdict('dont_notify', 'coalesce')).toEqual({ notify: false, highlight: false });
    expect(verdict('notify', { set_tweak: 'highlight', value: false })).toEqual({
      notify: true,
      highlight: false,
    });
    expect(verdict('notify', { set_tweak: 'sound', value: 1 }, { set_tweak: 'x' })).toEqual({
      notify: true,
      highlight: false,
    });
  });
});

describe('property paths', () => {
  it('have dots between names, and backslashes before dots of names', () => {
    const object = { a: { 'b.c': 1, 'd\\e': 2, '': 3, f: null }, toString: 4 };
    const paths = ['a.b\\.c', 'a.d\\\\e', 'a.d\\e', 'a.', 'a.f', 'a.f.g', 'toString', 'constructor', 'a.b.c'];
    expect(paths.map((path) => propertyAt(object, path))).toEqual([
      1,
      2,
      2,
      3,
      null,
      undefined,
      4,
      undefined,
      undefined,
    ]);
  });
});
