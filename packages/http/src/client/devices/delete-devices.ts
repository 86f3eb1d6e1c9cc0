import { MatrixError } from '@causeway/homeserver';
import { requirePassword } from '../accounts/interactive-auth.ts';
import { route, v3 } from '../client-route.ts';
import { optionalStrings } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3delete_devices */
export const deleteDevices = route('POST', v3('/delete_devices'), async (call) => {
  const body = call.request.jsonObject();
  const devices = optionalStrings(body, 'devices');
  if (devices === undefined) throw new MatrixError('M_MISSING_PARAM', '"devices" is missing.');
  const asked = await requirePassword(call, body);
  if (asked !== undefined) return asked;
  await call.accounts.deleteDevices(call.requester, devices);
  return {};
});
