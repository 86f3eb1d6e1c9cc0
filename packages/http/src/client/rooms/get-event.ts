import { getEvent } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomideventeventid */
export const getRoomEvent = route('GET', v3('/rooms/:roomId/event/:eventId'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  return getEvent(engine, { userId, deviceId, roomId: roomIdOf(request), eventId: request.param('eventId') });
});
