import { updatePushRules } from '@causeway/homeserver';
import { refuseFaults } from '../../read-json.ts';
import { route, v3 } from '../client-route.ts';
import { requiredList } from '../fields.ts';
import { pushRulePathOf, withPushRule } from './push-rule-path.ts';
import { readActions } from './put-push-rule.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleidactions */
export const putPushRuleActions = route(
  'PUT',
  v3('/pushrules/global/:kind/:ruleId/actions'),
  async (call) => {
    const path = pushRulePathOf(call.request);
    const body = call.request.jsonObject();
    refuseFaults(body);
    const actions = readActions(requiredList(body, 'actions'));
    await updatePushRules(call.engine, call.userId, (rules) =>
      withPushRule(rules, path, (rule) => ({ ...rule, actions })),
    );
    return {};
  },
);
