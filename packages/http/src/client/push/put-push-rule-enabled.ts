import { updatePushRules } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';
import { requiredBoolean } from '../fields.ts';
import { pushRulePathOf, withPushRule } from './push-rule-path.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleidenabled */
export const putPushRuleEnabled = route(
  'PUT',
  v3('/pushrules/global/:kind/:ruleId/enabled'),
  async (call) => {
    const path = pushRulePathOf(call.request);
    const enabled = requiredBoolean(call.request.jsonObject(), 'enabled');
    await updatePushRules(call.engine, call.userId, (rules) =>
      withPushRule(rules, path, (rule) => ({ ...rule, enabled })),
    );
    return {};
  },
);
