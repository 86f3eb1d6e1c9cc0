import { requirePassword } from '../accounts/interactive-auth.ts';
import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3devicesdeviceid */
export const deleteDevice = route('DELETE', v3('/devices/:deviceId'), async (call) => {
  const asked = await requirePassword(call, call.request.jsonObject());
  if (asked !== undefined) return asked;
  await call.accounts.deleteDevices(call.requester, [call.request.param('deviceId')]);
  return {};
});
