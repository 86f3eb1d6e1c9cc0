import { getContext } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { queryInteger } from '../fields.ts';
import { roomFilterOf } from './get-messages.ts';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 200;

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidcontexteventid */
export const getEventContext = route('GET', v3('/rooms/:roomId/context/:eventId'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  return getContext(engine, {
    userId,
    deviceId,
    roomId: roomIdOf(request),
    eventId: request.param('eventId'),
    limit: queryInteger(request, 'limit', { min: 0, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
    filter: roomFilterOf(request),
  });
});
