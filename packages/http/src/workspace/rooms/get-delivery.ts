import { deliveryOf, MatrixError } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { queryString } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';

/** `GET /_causeway/rooms/{roomId}/delivery?event_id=`: which organisations have a message. */
export const getDelivery = route('GET', ['/_causeway/rooms/:roomId/delivery'], async (call) => {
  const { engine, request, userId, deviceId } = call;
  const eventId = queryString(request, 'event_id');
  if (eventId === undefined) throw new MatrixError('M_MISSING_PARAM', '"event_id" is missing.');
  const delivery = await deliveryOf(engine, { userId, deviceId, roomId: roomIdOf(request), eventId });
  const { organisations, delivered } = delivery;
  const waiting = delivery.waiting.map(({ serverName, sinceTs, reason }) => ({
    server_name: serverName,
    since_ts: sinceTs,
    reason,
  }));
  return fresh({ organisations, delivered, waiting });
});
