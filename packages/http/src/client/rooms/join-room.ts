import { joinRoom } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidjoin */
export const postJoin = route('POST', v3('/rooms/:roomId/join'), async ({ engine, userId, request }) => ({
  room_id: await joinRoom(engine, {
    userId,
    roomIdOrAlias: roomIdOf(request),
    via: request.query.getAll('via'),
    reason: optionalString(request.jsonObject(), 'reason'),
  }),
}));
