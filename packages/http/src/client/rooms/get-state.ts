import { getState } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstate */
export const getRoomState = route(
  'GET',
  v3('/rooms/:roomId/state'),
  async ({ engine, userId, deviceId, request }) =>
    getState(engine, { userId, deviceId, roomId: roomIdOf(request) }),
);
