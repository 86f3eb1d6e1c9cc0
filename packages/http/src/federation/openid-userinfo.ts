import { MatrixError, openIdUser } from '@causeway/homeserver';
import { openRoute } from './federation-route.ts';

/** For third parties that are no servers: nothing is signed. @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1openiduserinfo */
export const getOpenIdUser = openRoute(
  'GET',
  ['/_matrix/federation/v1/openid/userinfo'],
  async ({ engine, request }) => {
    const token = request.query.get('access_token');
    if (token === null) throw new MatrixError('M_MISSING_TOKEN', 'This request needs a token.');
    return openIdUser(engine, token);
  },
);
