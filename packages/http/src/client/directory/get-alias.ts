import { invalidParam, resolveAlias } from '@causeway/homeserver';
import { parseRoomAlias, serverNameOf } from '@causeway/protocol';
import { authenticate, openRoute, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3directoryroomroomalias */
export const getAlias = openRoute('GET', v3('/directory/room/:roomAlias'), async (call) => {
  const { engine, accounts, request } = call;
  const alias = parseRoomAlias(request.param('roomAlias'));
  if (alias === undefined) throw invalidParam('The path names no room alias.');
  // Asking other servers is for people with an account here.
  if (serverNameOf(alias) !== engine.serverName) await authenticate(accounts, request);
  const { roomId, servers } = await resolveAlias(engine, alias);
  return { room_id: roomId, servers };
});
