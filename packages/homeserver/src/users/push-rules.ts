/**
 * The push rules of local users: the default rules with what the user changed, kept as account data.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#push-rules
 */
import {
  defaultPushRules,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type PushRule,
  type PushRuleKind,
  type PushRuleset,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { publishAccountData, readAccountData, writeAccountData } from './account-data.ts';
import { PUSH_RULES_TYPE } from './own-push-rules.ts';

/**
 * The kinds of push rules, in the order in which they are asked.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#push-rules
 */
export const PUSH_RULE_KINDS: readonly PushRuleKind[] = [
  'override',
  'content',
  'room',
  'sender',
  'underride',
];

/** Whether it is one of {@link PUSH_RULE_KINDS}. */
export const isPushRuleKind = (text: string): text is PushRuleKind =>
  PUSH_RULE_KINDS.some((kind) => kind === text);

/** Somebody's push rules, the predefined ones among them, in a transaction of the caller. */
export const readPushRules = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
): Promise<PushRuleset> => {
  const stored = await readAccountData(engine, reader, { userId, roomId: '', type: PUSH_RULES_TYPE });
  const defaults = defaultPushRules(userId);
  const global = stored?.global;
  return isJsonObject(global) ? withStored(defaults, global) : defaults;
};

/** The user's own rules, from memory; `default` for the many who never changed any. */
export const cachedPushRules = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
  userNid: number,
): Promise<PushRuleset | 'default'> => {
  const known = engine.ownSettings.pushRules.get(reader, userNid);
  if (known !== undefined) return known;
  const stored = await readAccountData(engine, reader, { userId, roomId: '', type: PUSH_RULES_TYPE });
  const rules = stored === undefined ? 'default' : await readPushRules(engine, reader, userId);
  engine.ownSettings.pushRules.set(reader, userNid, rules);
  return rules;
};

/** Somebody's push rules, the predefined ones among them. */
export const getPushRules = (engine: Engine, userId: UserId): Promise<PushRuleset> =>
  engine.store.read((reader) => readPushRules(engine, reader, userId));

/** `change` may throw a MatrixError; then nothing is written. */
export const updatePushRules = async (
  engine: Engine,
  userId: UserId,
  change: (rules: PushRuleset) => PushRuleset,
): Promise<void> => {
  const written = await engine.store.transact(async (tx: StoreTx) => {
    const global = change(await readPushRules(engine, tx, userId));
    const key = { userId, roomId: '', type: PUSH_RULES_TYPE };
    return writeAccountData(engine, tx, key, { global: global as JsonObject });
  });
  publishAccountData(engine, written);
};

/** Stored rules in their order; default rules that are newer than what is stored come after them. */
const withStored = (defaults: PushRuleset, stored: JsonObject): PushRuleset => {
  const merge = (kind: PushRuleKind): readonly PushRule[] => {
    const list = stored[kind];
    const rules = isJsonArray(list) ? list.flatMap(readRule) : [];
    const known = new Set(rules.map((rule) => rule.rule_id));
    const isCurrent = (rule: PushRule) =>
      !rule.default || defaults[kind].some(({ rule_id }) => rule_id === rule.rule_id);
    return [...rules.filter(isCurrent), ...defaults[kind].filter((rule) => !known.has(rule.rule_id))];
  };
  return {
    override: merge('override'),
    content: merge('content'),
    room: merge('room'),
    sender: merge('sender'),
    underride: merge('underride'),
  };
};

const readRule = (value: JsonValue): readonly PushRule[] => {
  if (!isJsonObject(value)) return [];
  const { rule_id, enabled, actions, conditions, pattern } = value;
  if (typeof rule_id !== 'string' || !isJsonArray(actions)) return [];
  return [
    {
      rule_id,
      default: value.default === true,
      enabled: enabled !== false,
      actions,
      ...(isJsonArray(conditions)
        ? { conditions: conditions.filter((condition) => isJsonObject(condition)) }
        : {}),
      ...(typeof pattern === 'string' ? { pattern } : {}),
    },
  ];
};
