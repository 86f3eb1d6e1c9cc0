import { leaveRoom } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidleave */
export const postLeave = route('POST', v3('/rooms/:roomId/leave'), async ({ engine, userId, request }) => {
  await leaveRoom(engine, {
    roomId: roomIdOf(request),
    sender: userId,
    reason: optionalString(request.jsonObject(), 'reason'),
  });
  return {};
});
