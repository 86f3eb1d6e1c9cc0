import { inviteUser, MatrixError } from '@causeway/homeserver';
import { readUserId, roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString, requiredString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidinvite */
export const postInvite = route('POST', v3('/rooms/:roomId/invite'), async ({ engine, userId, request }) => {
  const body = request.jsonObject();
  if (body.id_server !== undefined || body.medium !== undefined) {
    throw new MatrixError('M_THREEPID_DENIED', 'This server invites by user ID only.');
  }
  await inviteUser(engine, {
    roomId: roomIdOf(request),
    sender: userId,
    target: readUserId(requiredString(body, 'user_id')),
    reason: optionalString(body, 'reason'),
  });
  return {};
});
