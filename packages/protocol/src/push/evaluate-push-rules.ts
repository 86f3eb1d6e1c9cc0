/**
 * What a user's push rules make of an event.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#push-rules
 */
import type { UserId } from '../identifiers/identifiers.ts';
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownProperty,
} from '../json/json-value.ts';
import { matchesGlob, matchesGlobInWords } from '../rules/glob.ts';
import { propertyAt } from './property-path.ts';
import { type PushRule, type PushRuleKind, type PushRuleset, pushRuleKinds } from './push-rule.ts';

export type PushContext = {
  readonly userId: UserId;
  /** The user's display name in the room. */
  readonly displayName: string | undefined;
  /** Joined members of the room. */
  readonly memberCount: number;
  readonly senderPowerLevel: number;
  /** `content.notifications` of the room's power levels. */
  readonly notificationLevels: JsonObject | undefined;
};

export type PushVerdict = {
  readonly notify: boolean;
  readonly highlight: boolean;
  readonly sound?: string;
};

/** The level to notify a whole room where the power levels do not say. */
const DEFAULT_NOTIFICATION_LEVEL = 50;

const nothing: PushVerdict = Object.freeze({ notify: false, highlight: false });

/**
 * What the first matching rule asks for; nothing when none matches, and nothing for the user's own events. The
 * event is in the format of the client-server API, with its `room_id`.
 */
export function evaluatePushRules(
  ruleset: PushRuleset,
  event: JsonObject,
  context: PushContext,
): PushVerdict {
  if (event.sender === context.userId) return nothing;
  const rule = findMatchingRule(ruleset, event, context);
  return rule === undefined ? nothing : readActions(rule.actions);
}

function findMatchingRule(
  ruleset: PushRuleset,
  event: JsonObject,
  context: PushContext,
): PushRule | undefined {
  for (const kind of pushRuleKinds) {
    const rule = ruleset[kind].find(
      (candidate) => candidate.enabled && isMatch(kind, candidate, event, context),
    );
    if (rule !== undefined) return rule;
  }
  return undefined;
}

function isMatch(kind: PushRuleKind, rule: PushRule, event: JsonObject, context: PushContext): boolean {
  switch (kind) {
    case 'override':
    case 'underride':
      return (rule.conditions ?? []).every((condition) => holds(condition, event, context));
    case 'content':
      return typeof rule.pattern === 'string' && isEventMatch(event, 'content.body', rule.pattern);
    case 'room':
      return event.room_id === rule.rule_id;
    case 'sender':
      return event.sender === rule.rule_id;
  }
}

function holds(condition: JsonObject, event: JsonObject, context: PushContext): boolean {
  const { kind, key, pattern, value, is } = condition;
  switch (kind) {
    case 'event_match':
      return typeof key === 'string' && typeof pattern === 'string' && isEventMatch(event, key, pattern);
    case 'event_property_is':
      return typeof key === 'string' && isSimple(value) && propertyAt(event, key) === value;
    case 'event_property_contains':
      return typeof key === 'string' && isSimple(value) && listAt(event, key).includes(value);
    case 'contains_display_name':
      return containsDisplayName(event, context.displayName);
    case 'room_member_count':
      return typeof is === 'string' && isMemberCount(is, context.memberCount);
    case 'sender_notification_permission':
      return typeof key === 'string' && context.senderPowerLevel >= notificationLevel(context, key);
    default:
      // "Unrecognised conditions MUST NOT match any events"
      return false;
  }
}

function isEventMatch(event: JsonObject, key: string, pattern: string): boolean {
  const value = propertyAt(event, key);
  if (typeof value !== 'string') return false;
  const match = key === 'content.body' ? matchesGlobInWords : matchesGlob;
  return match(pattern, value, { ignoreCase: true });
}

/** "string, integer, boolean, or null" */
function isSimple(value: JsonValue | undefined): value is string | number | boolean | null {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}

function listAt(event: JsonObject, key: string): readonly JsonValue[] {
  const value = propertyAt(event, key);
  return isJsonArray(value) ? value : [];
}

function containsDisplayName(event: JsonObject, displayName: string | undefined): boolean {
  const body = propertyAt(event, 'content.body');
  if (typeof body !== 'string' || displayName === undefined || displayName === '') return false;
  return matchesGlobInWords(displayName, body, { ignoreCase: true, literal: true });
}

function isMemberCount(is: string, memberCount: number): boolean {
  const [, comparison, digits] = /^(==|<=|>=|<|>)?([0-9]+)$/.exec(is) ?? [];
  if (digits === undefined) return false;
  const count = Number(digits);
  switch (comparison) {
    case '<':
      return memberCount < count;
    case '>':
      return memberCount > count;
    case '<=':
      return memberCount <= count;
    case '>=':
      return memberCount >= count;
    default:
      return memberCount === count;
  }
}

function notificationLevel({ notificationLevels }: PushContext, key: string): number {
  const level = ownProperty(notificationLevels ?? {}, key);
  return typeof level === 'number' ? level : DEFAULT_NOTIFICATION_LEVEL;
}

/** Actions other than `notify` and `set_tweak`, such as `dont_notify` and `coalesce`, are ignored. */
function readActions(actions: readonly JsonValue[]): PushVerdict {
  const tweaks = actions.filter(isJsonObject);
  const highlight = tweaks.find((action) => action.set_tweak === 'highlight');
  const sound = tweaks.find((action) => action.set_tweak === 'sound')?.value;
  return {
    notify: actions.includes('notify'),
    highlight: highlight !== undefined && highlight.value !== false,
    ...(typeof sound === 'string' ? { sound } : {}),
  };
}
