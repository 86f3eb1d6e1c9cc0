import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3accountwhoami */
export const whoami = route('GET', v3('/account/whoami'), async ({ requester }) => ({
  user_id: requester.userId,
  device_id: requester.deviceId,
  is_guest: requester.isGuest ?? false,
}));
