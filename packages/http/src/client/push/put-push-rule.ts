import { invalidParam, MatrixError, notFound, updatePushRules } from '@causeway/homeserver';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type PushRule,
  type PushRuleset,
} from '@causeway/protocol';
import { refuseFaults } from '../../read-json.ts';
import { route, v3 } from '../client-route.ts';
import { optionalList, queryString, requiredList, requiredString } from '../fields.ts';
import { type PushRulePath, pushRulePathOf } from './push-rule-path.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleid */
export const putPushRule = route('PUT', v3('/pushrules/global/:kind/:ruleId'), async (call) => {
  const path = pushRulePathOf(call.request);
  if (path.ruleId.startsWith('.')) throw invalidParam('Rules whose ID begins with "." are the server\'s.');
  if (/[\\/]/.test(path.ruleId)) throw invalidParam('The ID of a rule has no slashes.');
  const body = call.request.jsonObject();
  refuseFaults(body);
  const rule = readRule(path, body);
  const before = queryString(call.request, 'before');
  const after = queryString(call.request, 'after');
  await updatePushRules(call.engine, call.userId, (rules) => ({
    ...rules,
    [path.kind]: placed(rules, path, rule, { before, after }),
  }));
  return {};
});

const readRule = ({ kind, ruleId }: PushRulePath, body: JsonObject): PushRule => {
  const rule = {
    rule_id: ruleId,
    default: false,
    enabled: true,
    actions: readActions(requiredList(body, 'actions')),
  };
  if (kind === 'content') return { ...rule, pattern: requiredString(body, 'pattern') };
  if (kind !== 'override' && kind !== 'underride') return rule;
  const conditions = (optionalList(body, 'conditions') ?? []).map((condition) => {
    if (!isJsonObject(condition) || typeof condition.kind !== 'string') {
      throw new MatrixError('M_BAD_JSON', '"conditions" must be a list of objects, each with a "kind".');
    }
    return condition;
  });
  return { ...rule, conditions };
};

export const readActions = (actions: readonly JsonValue[]): readonly JsonValue[] =>
  actions.map((action) => {
    const isTweak = isJsonObject(action) && typeof action.set_tweak === 'string';
    if (typeof action !== 'string' && !isTweak) {
      throw new MatrixError('M_BAD_JSON', '"actions" must be a list of strings and tweaks.');
    }
    return action;
  });

/** A new rule comes before the server's own rules, and after the one that switches everything off. */
const placed = (
  rules: PushRuleset,
  { kind, ruleId }: PushRulePath,
  rule: PushRule,
  { before, after }: { readonly before: string | undefined; readonly after: string | undefined },
): readonly PushRule[] => {
  const list = rules[kind];
  const others = list.filter((one) => one.rule_id !== ruleId);
  const anchor = before ?? after;
  if (anchor === undefined) {
    const index = list.findIndex((one) => one.rule_id === ruleId);
    const kept = index >= 0 ? index : others.findIndex((one) => one.rule_id !== '.m.rule.master');
    return others.toSpliced(kept < 0 ? others.length : kept, 0, rule);
  }
  const index = others.findIndex((one) => one.rule_id === anchor);
  if (index < 0) throw notFound(`There is no ${kind} rule "${anchor.slice(0, 255)}".`);
  if (others[index]?.default === true) throw invalidParam('A rule is placed among the rules you made.');
  return others.toSpliced(before === undefined ? index + 1 : index, 0, rule);
};
