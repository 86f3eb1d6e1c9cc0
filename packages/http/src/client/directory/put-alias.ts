import { createAlias, MatrixError } from '@causeway/homeserver';
import { Answer } from '../../route.ts';
import { readRoomId, route, v3 } from '../client-route.ts';
import { requiredString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3directoryroomroomalias */
export const putAlias = route(
  'PUT',
  v3('/directory/room/:roomAlias'),
  async ({ engine, userId, request }) => {
    const alias = request.param('roomAlias');
    const roomId = readRoomId(requiredString(request.jsonObject(), 'room_id'));
    try {
      await createAlias(engine, { alias, roomId, userId });
      return {};
    } catch (error) {
      // The specification has no errcode for an alias that is taken, only this status.
      if (!(error instanceof MatrixError) || error.errcode !== 'M_UNKNOWN') throw error;
      return new Answer(409, { errcode: error.errcode, error: error.message });
    }
  },
);
