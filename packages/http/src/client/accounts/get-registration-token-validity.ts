import { MatrixError } from '@causeway/homeserver';
import { openRoute, v1 } from '../client-route.ts';
import { queryString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1registermloginregistration_tokenvalidity */
export const getRegistrationTokenValidity = openRoute(
  'GET',
  v1('/register/m.login.registration_token/validity'),
  async ({ request, accounts, settings }) => {
    await settings.limit?.(request.remoteAddress, 'login');
    if (accounts.registrationMode !== 'token') {
      throw new MatrixError('M_FORBIDDEN', 'This server does not register accounts by token.');
    }
    const token = queryString(request, 'token');
    if (token === undefined) throw new MatrixError('M_MISSING_PARAM', '"token" is missing.');
    return { valid: await accounts.isRegistrationTokenValid(token) };
  },
);
