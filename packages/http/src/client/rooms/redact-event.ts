import { invalidParam, redactEvent } from '@causeway/homeserver';
import { parseEventId } from '@causeway/protocol';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidredacteventidtxnid */
export const putRedact = route('PUT', v3('/rooms/:roomId/redact/:eventId/:txnId'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  const eventId = parseEventId(request.param('eventId'));
  if (eventId === undefined) throw invalidParam('The path names no event ID.');
  const roomId = roomIdOf(request);
  const reason = optionalString(request.jsonObject(), 'reason');
  const txn = { deviceId, txnId: request.param('txnId') };
  const redaction = await redactEvent(engine, { roomId, sender: userId, eventId, reason, txn });
  const redacted = await engine.store.read((reader) => engine.events.byId(reader, eventId));
  if (redacted !== undefined && redacted.pdu.sender !== userId) {
    const details = {
      event: eventId,
      user: redacted.pdu.sender,
      ...(reason === undefined ? {} : { reason }),
    };
    await call.noteModeration({ requester: call.requester, action: 'redact', roomId, details });
  }
  return { event_id: redaction };
});
