/**
 * What a user's push rules make of an event.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#push-rules
 */
import type { PowerLevel } from '../auth/power-levels.ts';
import type { UserId } from '../identifiers/identifiers.ts';
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownProperty,
} from '../json/json-value.ts';
import { compileGlob, matchesGlobInWords } from '../rules/glob.ts';
import { predefinedForUnnamed } from './default-push-rules.ts';
import { propertyAlong, splitPath } from './property-path.ts';
import { type PushRule, type PushRuleKind, type PushRuleset, pushRuleKinds } from './push-rule.ts';

export type PushContext = {
  readonly userId: UserId;
  /** The user's display name in the room. */
  readonly displayName: string | undefined;
  /** Joined members of the room. */
  readonly memberCount: number;
  readonly senderPowerLevel: PowerLevel;
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
  return preparedRules(ruleset).find(({ matches }) => matches(event, context))?.verdict ?? nothing;
}

/**
 * The same for all those who have the predefined rules and whom the event does not name. It is not asked for
 * the sender.
 */
export function evaluateForUnnamed(
  event: JsonObject,
  context: Omit<PushContext, 'userId' | 'displayName'>,
): PushVerdict {
  const someone = { ...context, displayName: undefined };
  return (
    preparedRules(predefinedForUnnamed).find(({ matches }) => matches(event, someone))?.verdict ?? nothing
  );
}

type Test = (event: JsonObject, context: Omit<PushContext, 'userId'>) => boolean;
type PreparedRule = { readonly matches: Test; readonly verdict: PushVerdict };

/** Rulesets are asked about every event of every room, so what does not depend on the event is done once. */
const prepared = new WeakMap<PushRuleset, readonly PreparedRule[]>();

function preparedRules(ruleset: PushRuleset): readonly PreparedRule[] {
  const known = prepared.get(ruleset);
  if (known !== undefined) return known;
  const rules = pushRuleKinds.flatMap((kind) =>
    ruleset[kind]
      .filter((rule) => rule.enabled)
      .map((rule) => ({ matches: prepareRule(kind, rule), verdict: readActions(rule.actions) })),
  );
  prepared.set(ruleset, rules);
  return rules;
}

const never: Test = () => false;

function prepareRule(kind: PushRuleKind, rule: PushRule): Test {
  switch (kind) {
    case 'override':
    case 'underride': {
      const conditions = (rule.conditions ?? []).map(prepareCondition);
      return (event, context) => conditions.every((holds) => holds(event, context));
    }
    case 'content':
      return typeof rule.pattern === 'string' ? eventMatch('content.body', rule.pattern) : never;
    case 'room':
      return (event) => event.room_id === rule.rule_id;
    case 'sender':
      return (event) => event.sender === rule.rule_id;
  }
}

function prepareCondition(condition: JsonObject): Test {
  const { kind, key, pattern, value, is } = condition;
  switch (kind) {
    case 'event_match':
      return typeof key === 'string' && typeof pattern === 'string' ? eventMatch(key, pattern) : never;
    case 'event_property_is': {
      if (typeof key !== 'string' || !isSimple(value)) return never;
      const path = splitPath(key);
      return (event) => propertyAlong(event, path) === value;
    }
    case 'event_property_contains': {
      if (typeof key !== 'string' || !isSimple(value)) return never;
      const path = splitPath(key);
      return (event) => listAlong(event, path).includes(value);
    }
    case 'contains_display_name':
      return (event, { displayName }) => containsDisplayName(event, displayName);
    case 'room_member_count':
      return typeof is === 'string' ? (_event, { memberCount }) => isMemberCount(is, memberCount) : never;
    case 'sender_notification_permission':
      return typeof key === 'string'
        ? (_event, context) => context.senderPowerLevel >= notificationLevel(context, key)
        : never;
    default:
      // "Unrecognised conditions MUST NOT match any events"
      return never;
  }
}

function eventMatch(key: string, pattern: string): Test {
  const path = splitPath(key);
  const ignoreCase = true;
  const matches =
    key === 'content.body'
      ? (text: string) => matchesGlobInWords(pattern, text, { ignoreCase })
      : compileGlob(pattern, { ignoreCase });
  return (event) => {
    const value = propertyAlong(event, path);
    return typeof value === 'string' && matches(value);
  };
}

/** "string, integer, boolean, or null" */
function isSimple(value: JsonValue | undefined): value is string | number | boolean | null {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}

function listAlong(event: JsonObject, path: readonly string[]): readonly JsonValue[] {
  const value = propertyAlong(event, path);
  return isJsonArray(value) ? value : [];
}

const bodyPath = splitPath('content.body');

function containsDisplayName(event: JsonObject, displayName: string | undefined): boolean {
  const body = propertyAlong(event, bodyPath);
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

function notificationLevel(
  { notificationLevels }: Pick<PushContext, 'notificationLevels'>,
  key: string,
): number {
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
