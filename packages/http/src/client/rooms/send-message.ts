import { checkRelation, redactEvent, sendEvent } from '@causeway/homeserver';
import { parseEventId } from '@causeway/protocol';
import { refuseFaults } from '../../read-json.ts';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid */
export const putSend = route('PUT', v3('/rooms/:roomId/send/:eventType/:txnId'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  const content = request.jsonObject();
  refuseFaults(content);
  const roomId = roomIdOf(request);
  const type = request.param('eventType');
  const txn = { deviceId, txnId: request.param('txnId') };
  const redacted =
    type === 'm.room.redaction' ? parseEventId(optionalString(content, 'redacts') ?? '') : undefined;
  if (redacted !== undefined) {
    const reason = optionalString(content, 'reason');
    return {
      event_id: await redactEvent(engine, { roomId, sender: userId, eventId: redacted, reason, txn }),
    };
  }
  await checkRelation(engine, { roomId, sender: userId, type, content, txn });
  return { event_id: await sendEvent(engine, { roomId, sender: userId, type, content, txn }) };
});
