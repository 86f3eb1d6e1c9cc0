import { getPushRules } from '@causeway/homeserver';
import { type Call, route, v3 } from '../client-route.ts';
import { findPushRule, pushRulePathOf } from './push-rule-path.ts';

const find = async ({ engine, userId, request }: Call) =>
  findPushRule(await getPushRules(engine, userId), pushRulePathOf(request));

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobalkindruleid */
export const getPushRule = route('GET', v3('/pushrules/global/:kind/:ruleId'), find);

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobalkindruleidenabled */
export const getPushRuleEnabled = route(
  'GET',
  v3('/pushrules/global/:kind/:ruleId/enabled'),
  async (call) => ({
    enabled: (await find(call)).enabled,
  }),
);

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobalkindruleidactions */
export const getPushRuleActions = route(
  'GET',
  v3('/pushrules/global/:kind/:ruleId/actions'),
  async (call) => ({
    actions: (await find(call)).actions,
  }),
);
