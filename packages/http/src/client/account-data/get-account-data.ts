import { getAccountData, getPushRules, notFound } from '@causeway/homeserver';
import { type Call, route, v3 } from '../client-route.ts';
import { accountDataKey } from './account-data-key.ts';

const get = async (call: Call, scope: 'global' | 'room'): Promise<object> => {
  const key = accountDataKey(call, scope);
  if (key.type === 'm.push_rules' && scope === 'global') {
    return { global: await getPushRules(call.engine, key.userId) };
  }
  const content = await getAccountData(call.engine, key);
  if (content === undefined) throw notFound(`You have no account data of type ${key.type} there.`);
  return content;
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridaccount_datatype */
export const getGlobalAccountData = route('GET', v3('/user/:userId/account_data/:type'), async (call) =>
  get(call, 'global'),
);

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridroomsroomidaccount_datatype */
export const getRoomAccountData = route(
  'GET',
  v3('/user/:userId/rooms/:roomId/account_data/:type'),
  async (call) => get(call, 'room'),
);
