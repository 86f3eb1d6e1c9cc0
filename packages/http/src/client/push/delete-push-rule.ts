import { invalidParam, updatePushRules } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';
import { findPushRule, pushRulePathOf } from './push-rule-path.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3pushrulesglobalkindruleid */
export const deletePushRule = route('DELETE', v3('/pushrules/global/:kind/:ruleId'), async (call) => {
  const path = pushRulePathOf(call.request);
  await updatePushRules(call.engine, call.userId, (rules) => {
    const found = findPushRule(rules, path);
    if (found.default) throw invalidParam("This rule is the server's: it can be switched off, not deleted.");
    return { ...rules, [path.kind]: rules[path.kind].filter((rule) => rule !== found) };
  });
  return {};
});
