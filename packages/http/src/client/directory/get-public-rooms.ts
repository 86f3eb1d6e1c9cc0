import {
  invalidParam,
  listPublicRooms,
  type PublicRooms,
  type PublicRoomsRequest,
  queryPublicRooms,
  refusedByPolicy,
} from '@causeway/homeserver';
import { parseServerName } from '@causeway/protocol';
import { authenticate, type OpenCall, openRoute, v3 } from '../client-route.ts';
import { queryInteger, queryString } from '../fields.ts';
import { faultOf } from '@causeway/workspace';

const MAX_LIMIT = 500;

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3publicrooms */
export const getPublicRooms = openRoute('GET', v3('/publicRooms'), async (call) => {
  return publicRoomsOf(call, {
    limit: queryInteger(call.request, 'limit', { min: 1, max: MAX_LIMIT }),
    since: queryString(call.request, 'since'),
    searchTerm: undefined,
    roomTypes: undefined,
  });
});

/** This server's directory, or for somebody who is signed in, the one of the server that the query names. */
export const publicRoomsOf = async (
  { engine, accounts, request }: OpenCall,
  wanted: Omit<PublicRoomsRequest, 'forOtherServer'>,
): Promise<PublicRooms> => {
  const named = queryString(request, 'server');
  if (named === undefined || named === '' || named === engine.serverName) {
    return listPublicRooms(engine, { ...wanted, forOtherServer: false });
  }
  const { userId: user } = await authenticate(accounts, request);
  const server = parseServerName(named);
  if (server === undefined) throw invalidParam(faultOf('no-server', { name: named.slice(0, 255) }));
  const answer = await engine.policy.ask({ kind: 'speak-outside', user, servers: [server] });
  if (!answer.allowed) throw refusedByPolicy(answer);
  return queryPublicRooms(engine, server, wanted);
};
