import { invalidParam, joinRoom } from '@causeway/homeserver';
import { parseRoomAlias, parseRoomId } from '@causeway/protocol';
import { route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3joinroomidoralias */
export const postJoinRoomOrAlias = route('POST', v3('/join/:roomIdOrAlias'), async (call) => {
  const { engine, userId, request } = call;
  const roomIdOrAlias = request.param('roomIdOrAlias');
  if (parseRoomId(roomIdOrAlias) === undefined && parseRoomAlias(roomIdOrAlias) === undefined) {
    throw invalidParam(`"${roomIdOrAlias.slice(0, 255)}" is neither a room ID nor an alias.`);
  }
  const via = [...request.query.getAll('via'), ...request.query.getAll('server_name')];
  return {
    room_id: await joinRoom(engine, {
      userId,
      roomIdOrAlias,
      via,
      reason: optionalString(request.jsonObject(), 'reason'),
    }),
  };
});
