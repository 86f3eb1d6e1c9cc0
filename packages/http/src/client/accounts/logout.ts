import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logout */
export const logout = route('POST', v3('/logout'), async ({ accounts, requester }) => {
  await accounts.logout(requester);
  return {};
});
