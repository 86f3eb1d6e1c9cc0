/**
 * The rules every account has.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#predefined-rules
 */
import type { UserId } from '../identifiers/identifiers.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { PushRule, PushRuleset } from './push-rule.ts';

/**
 * The predefined rules of a user. `.m.rule.master` goes before the user's own override rules, all others after
 * the user's own rules of their kind.
 */
export function defaultPushRules(userId: UserId): PushRuleset {
  const known = lately.get(userId);
  if (known !== undefined) return known;
  const rules = makeDefaultPushRules(userId);
  if (lately.size >= MAX_LATELY) for (const oldest of lately.keys()) if (lately.delete(oldest)) break;
  lately.set(userId, rules);
  return rules;
}

/**
 * Rules of those who were asked about last: a message asks for the same ones as the message before, and
 * `evaluatePushRules` prepares a ruleset once for as long as it is the same object.
 */
const lately = new Map<UserId, PushRuleset>();
const MAX_LATELY = 64;

function makeDefaultPushRules(userId: string): PushRuleset {
  return {
    override: [
      { ...rule('.m.rule.master', [], []), enabled: false },
      rule('.m.rule.suppress_notices', [eventMatch('content.msgtype', 'm.notice')], []),
      rule(
        '.m.rule.invite_for_me',
        [
          eventMatch('type', 'm.room.member'),
          eventMatch('content.membership', 'invite'),
          eventMatch('state_key', userId),
        ],
        ['notify', sound('default')],
      ),
      rule('.m.rule.member_event', [eventMatch('type', 'm.room.member')], []),
      rule(
        '.m.rule.is_user_mention',
        [{ kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', value: userId }],
        ['notify', sound('default'), highlight],
      ),
      rule(
        '.m.rule.is_room_mention',
        [
          { kind: 'event_property_is', key: 'content.m\\.mentions.room', value: true },
          { kind: 'sender_notification_permission', key: 'room' },
        ],
        ['notify', highlight],
      ),
      rule(
        '.m.rule.tombstone',
        [eventMatch('type', 'm.room.tombstone'), eventMatch('state_key', '')],
        ['notify', highlight],
      ),
      rule('.m.rule.reaction', [eventMatch('type', 'm.reaction')], []),
      rule(
        '.m.rule.room.server_acl',
        [eventMatch('type', 'm.room.server_acl'), eventMatch('state_key', '')],
        [],
      ),
      rule(
        '.m.rule.suppress_edits',
        [{ kind: 'event_property_is', key: 'content.m\\.relates_to.rel_type', value: 'm.replace' }],
        [],
      ),
    ],
    content: [],
    room: [],
    sender: [],
    underride: [
      rule('.m.rule.call', [eventMatch('type', 'm.call.invite')], ['notify', sound('ring')]),
      rule(
        '.m.rule.encrypted_room_one_to_one',
        [twoMembers, eventMatch('type', 'm.room.encrypted')],
        ['notify', sound('default')],
      ),
      rule(
        '.m.rule.room_one_to_one',
        [twoMembers, eventMatch('type', 'm.room.message')],
        ['notify', sound('default')],
      ),
      rule('.m.rule.message', [eventMatch('type', 'm.room.message')], ['notify']),
      rule('.m.rule.encrypted', [eventMatch('type', 'm.room.encrypted')], ['notify']),
    ],
  };
}

const highlight: JsonObject = Object.freeze({ set_tweak: 'highlight' });

const twoMembers: JsonObject = Object.freeze({ kind: 'room_member_count', is: '2' });

function rule(id: string, conditions: readonly JsonObject[], actions: readonly JsonValue[]): PushRule {
  return { rule_id: id, default: true, enabled: true, conditions, actions };
}

function eventMatch(key: string, pattern: string): JsonObject {
  return { kind: 'event_match', key, pattern };
}

function sound(value: string): JsonObject {
  return { set_tweak: 'sound', value };
}

/** Those of the predefined rules that know no names. Last in this file: it is made when the file is loaded. */
export const predefinedForUnnamed: PushRuleset = (() => {
  const rules = makeDefaultPushRules('');
  const byName = new Set(['.m.rule.invite_for_me', '.m.rule.is_user_mention']);
  return { ...rules, override: rules.override.filter(({ rule_id }) => !byName.has(rule_id)) };
})();
