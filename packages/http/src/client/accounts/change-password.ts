import { route, v3 } from '../client-route.ts';
import { optionalBoolean, requiredString } from '../fields.ts';
import { requirePassword } from './interactive-auth.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountpassword */
export const changePassword = route('POST', v3('/account/password'), async (call) => {
  const body = call.request.jsonObject();
  const asked = await requirePassword(call, body);
  if (asked !== undefined) return asked;
  await call.accounts.changePassword(call.requester, {
    newPassword: requiredString(body, 'new_password'),
    logoutOthers: optionalBoolean(body, 'logout_devices') ?? true,
  });
  return {};
});
