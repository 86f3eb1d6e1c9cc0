import { forgetRoom } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidforget */
export const postForget = route('POST', v3('/rooms/:roomId/forget'), async ({ engine, userId, request }) => {
  await forgetRoom(engine, { roomId: roomIdOf(request), userId });
  return {};
});
