import { sendReceipt, setFullyRead } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidread_markers */
export const postReadMarkers = route('POST', v3('/rooms/:roomId/read_markers'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  const body = request.jsonObject();
  const where = { userId, deviceId, roomId: roomIdOf(request), threadId: undefined };
  const fullyRead = optionalString(body, 'm.fully_read');
  if (fullyRead !== undefined) await setFullyRead(engine, { ...where, eventId: fullyRead });
  for (const type of ['m.read', 'm.read.private'] as const) {
    const eventId = optionalString(body, type);
    if (eventId !== undefined) await sendReceipt(engine, { ...where, type, eventId });
  }
  return {};
});
