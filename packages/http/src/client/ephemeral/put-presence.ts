import { MatrixError, setPresence } from '@causeway/homeserver';
import { requireSelf, route, v3 } from '../client-route.ts';
import { optionalChoice, optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3presenceuseridstatus */
export const putPresence = route('PUT', v3('/presence/:userId/status'), async (call) => {
  const userId = requireSelf(call);
  const body = call.request.jsonObject();
  const state = optionalChoice(body, 'presence', ['online', 'offline', 'unavailable']);
  if (state === undefined) throw new MatrixError('M_MISSING_PARAM', '"presence" is missing.');
  const statusMsg = optionalString(body, 'status_msg');
  await setPresence(call.engine, { userId, deviceId: call.deviceId }, { state, statusMsg });
  return {};
});
