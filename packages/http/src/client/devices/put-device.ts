import { route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3devicesdeviceid */
export const putDevice = route('PUT', v3('/devices/:deviceId'), async ({ accounts, userId, request }) => {
  const name = optionalString(request.jsonObject(), 'display_name');
  if (name !== undefined) await accounts.renameDevice(userId, request.param('deviceId'), name);
  return {};
});
