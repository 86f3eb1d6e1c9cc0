import { MatrixError } from '@causeway/homeserver';
import { openRoute, v3 } from '../client-route.ts';
import { queryString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3registeravailable */
export const getUsernameAvailable = openRoute(
  'GET',
  v3('/register/available'),
  async ({ request, accounts, settings }) => {
    await settings.limit?.(request.remoteAddress, 'login');
    const username = queryString(request, 'username');
    if (username === undefined) throw new MatrixError('M_MISSING_PARAM', '"username" is missing.');
    await accounts.checkUsernameAvailable(username);
    return { available: true };
  },
);
