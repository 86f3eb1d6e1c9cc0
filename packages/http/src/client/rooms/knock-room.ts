import { knockRoom } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3knockroomidoralias */
export const postKnock = route('POST', v3('/knock/:roomIdOrAlias'), async ({ engine, request, userId }) => {
  const reason = optionalString(request.jsonObject(), 'reason');
  const roomId = await knockRoom(engine, {
    userId,
    roomIdOrAlias: request.param('roomIdOrAlias'),
    via: [...request.query.getAll('via'), ...request.query.getAll('server_name')],
    ...(reason === undefined ? {} : { reason }),
  });
  return { room_id: roomId };
});
