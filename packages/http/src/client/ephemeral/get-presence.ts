import { route, userIdOf, v3 } from '../client-route.ts';

/** Presence is not followed: nobody is claimed to be there. @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3presenceuseridstatus */
export const getPresence = route('GET', v3('/presence/:userId/status'), async ({ request }) => {
  userIdOf(request);
  return { presence: 'offline' };
});
