import { invalidParam, redactEvent } from '@causeway/homeserver';
import { parseEventId } from '@causeway/protocol';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidredacteventidtxnid */
export const putRedact = route('PUT', v3('/rooms/:roomId/redact/:eventId/:txnId'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  const eventId = parseEventId(request.param('eventId'));
  if (eventId === undefined) throw invalidParam('The path names no event ID.');
  return {
    event_id: await redactEvent(engine, {
      roomId: roomIdOf(request),
      sender: userId,
      eventId,
      reason: optionalString(request.jsonObject(), 'reason'),
      txn: { deviceId, txnId: request.param('txnId') },
    }),
  };
});
