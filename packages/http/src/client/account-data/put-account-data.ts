import { PRESENCE_SETTINGS_TYPE, presenceChanged, putAccountData } from '@causeway/homeserver';
import { type Call, route, v3 } from '../client-route.ts';
import { accountDataKey, refuseServerManaged } from './account-data-key.ts';

const put = async (call: Call, scope: 'global' | 'room'): Promise<object> => {
  const key = accountDataKey(call, scope);
  const content = call.request.jsonObject();
  const refusal = refuseServerManaged(key);
  if (refusal !== undefined) return refusal;
  await putAccountData(call.engine, key, content);
  if (key.type === PRESENCE_SETTINGS_TYPE) await presenceChanged(call.engine, call.userId);
  return {};
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridaccount_datatype */
export const putGlobalAccountData = route('PUT', v3('/user/:userId/account_data/:type'), async (call) =>
  put(call, 'global'),
);

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridroomsroomidaccount_datatype */
export const putRoomAccountData = route(
  'PUT',
  v3('/user/:userId/rooms/:roomId/account_data/:type'),
  async (call) => put(call, 'room'),
);
