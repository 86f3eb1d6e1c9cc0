import {
  getKeyChanges as changesOf,
  MatrixError,
  parseSyncToken,
  type SyncToken,
} from '@causeway/homeserver';
import type { HttpRequest } from '../../route.ts';
import { route, v3 } from '../client-route.ts';
import { queryString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3keyschanges */
export const getKeyChanges = route(
  'GET',
  v3('/keys/changes'),
  async ({ engine, request, userId, deviceId }) => {
    const from = tokenOf(request, 'from');
    // What is newer is told, too, so this need only be a token.
    tokenOf(request, 'to');
    return changesOf(engine, { userId, deviceId }, from);
  },
);

const tokenOf = (request: HttpRequest, name: string): SyncToken => {
  const text = queryString(request, name);
  if (text === undefined) throw new MatrixError('M_MISSING_PARAM', `The query parameter ${name} is missing.`);
  return parseSyncToken(text);
};
