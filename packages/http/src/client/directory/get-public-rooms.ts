import { listPublicRooms, MatrixError } from '@causeway/homeserver';
import { type OpenCall, openRoute, v3 } from '../client-route.ts';
import { queryInteger, queryString } from '../fields.ts';

const MAX_LIMIT = 500;

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3publicrooms */
export const getPublicRooms = openRoute('GET', v3('/publicRooms'), async (call) => {
  refuseOtherServer(call);
  return listPublicRooms(call.engine, {
    limit: queryInteger(call.request, 'limit', { min: 1, max: MAX_LIMIT }),
    since: queryString(call.request, 'since'),
    searchTerm: undefined,
    roomTypes: undefined,
    forOtherServer: false,
  });
});

/** The directories of other servers are not asked yet. */
export const refuseOtherServer = ({ engine, request }: OpenCall): void => {
  const server = queryString(request, 'server');
  if (server !== undefined && server !== '' && server !== engine.serverName) {
    throw new MatrixError('M_UNKNOWN', 'This server does not ask the room directories of other servers yet.');
  }
};
