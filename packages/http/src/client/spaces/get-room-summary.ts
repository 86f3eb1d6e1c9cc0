import { getRoomSummary } from '@causeway/homeserver';
import { route, v1 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias */
export const getSummary = route(
  'GET',
  v1('/room_summary/:roomIdOrAlias'),
  async ({ engine, request, userId }) =>
    getRoomSummary(engine, {
      userId,
      roomIdOrAlias: request.param('roomIdOrAlias'),
      via: request.query.getAll('via'),
    }),
);
