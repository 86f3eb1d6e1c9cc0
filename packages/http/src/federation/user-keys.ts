import { invalidParam, serveClaim, serveDevices, serveKeys } from '@causeway/homeserver';
import { parseUserId } from '@causeway/protocol';
import { readKeysAskedFor, readKeysClaimed } from '../asked-keys.ts';
import { objectOf, signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery */
export const postUserKeysQuery = signedRoute(
  'POST',
  ['/_matrix/federation/v1/user/keys/query'],
  ({ engine, origin, content }) => serveKeys(engine, origin, readKeysAskedFor(objectOf(content))),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysclaim */
export const postUserKeysClaim = signedRoute(
  'POST',
  ['/_matrix/federation/v1/user/keys/claim'],
  ({ engine, origin, content }) => serveClaim(engine, origin, readKeysClaimed(objectOf(content))),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1userdevicesuserid */
export const getUserDevices = signedRoute(
  'GET',
  ['/_matrix/federation/v1/user/devices/:userId'],
  async ({ engine, origin, request }) => {
    const userId = parseUserId(request.param('userId'));
    if (userId === undefined) throw invalidParam('This is not a user ID.');
    return serveDevices(engine, origin, userId);
  },
);
