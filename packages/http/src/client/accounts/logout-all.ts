import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logoutall */
export const logoutAll = route('POST', v3('/logout/all'), async ({ accounts, requester }) => {
  await accounts.logoutAll(requester);
  return {};
});
