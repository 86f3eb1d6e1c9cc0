import { getPushRules } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrules */
export const getAllPushRules = route('GET', v3('/pushrules'), async ({ engine, userId }) => ({
  global: await getPushRules(engine, userId),
}));

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobal */
export const getGlobalPushRules = route('GET', v3('/pushrules/global'), async ({ engine, userId }) =>
  getPushRules(engine, userId),
);
