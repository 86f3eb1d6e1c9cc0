import { requireSelf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3profileuseridkeyname */
export const deleteProfileField = route('DELETE', v3('/profile/:userId/:keyName'), async (call) => {
  await call.accounts.setProfileField(requireSelf(call), call.request.param('keyName'), undefined);
  return {};
});
