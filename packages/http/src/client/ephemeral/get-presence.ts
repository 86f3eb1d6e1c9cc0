import { getPresence as readPresence } from '@causeway/homeserver';
import { route, userIdOf, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3presenceuseridstatus */
export const getPresence = route('GET', v3('/presence/:userId/status'), async ({ engine, request, userId }) =>
  readPresence(engine, { userId, of: userIdOf(request) }),
);
