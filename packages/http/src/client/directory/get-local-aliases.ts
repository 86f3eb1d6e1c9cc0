import { getLocalAliases } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidaliases */
export const getRoomAliases = route('GET', v3('/rooms/:roomId/aliases'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  return { aliases: await getLocalAliases(engine, { userId, deviceId, roomId: roomIdOf(request) }) };
});
