import { invalidParam, isPushRuleKind, notFound } from '@causeway/homeserver';
import type { PushRule, PushRuleKind, PushRuleset } from '@causeway/protocol';
import type { HttpRequest } from '../../route.ts';

export type PushRulePath = { readonly kind: PushRuleKind; readonly ruleId: string };

const pushRuleKindOf = (request: HttpRequest): PushRuleKind => {
  const kind = request.param('kind');
  if (!isPushRuleKind(kind)) throw invalidParam(`There are no push rules of kind "${kind.slice(0, 100)}".`);
  return kind;
};

export const pushRulePathOf = (request: HttpRequest): PushRulePath => ({
  kind: pushRuleKindOf(request),
  ruleId: request.param('ruleId'),
});

/** @throws M_NOT_FOUND */
export const findPushRule = (rules: PushRuleset, { kind, ruleId }: PushRulePath): PushRule => {
  const rule = rules[kind].find(({ rule_id }) => rule_id === ruleId);
  if (rule === undefined) throw notFound(`There is no ${kind} rule "${ruleId.slice(0, 255)}".`);
  return rule;
};

/** The rules with one of them changed. @throws M_NOT_FOUND */
export const withPushRule = (
  rules: PushRuleset,
  path: PushRulePath,
  change: (rule: PushRule) => PushRule,
): PushRuleset => {
  const found = findPushRule(rules, path);
  return { ...rules, [path.kind]: rules[path.kind].map((rule) => (rule === found ? change(rule) : rule)) };
};
