import { invalidParam, serveEventByTimestamp } from '@causeway/homeserver';
import { numberOf, required, signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1timestamp_to_eventroomid */
export const getEventByTimestamp = signedRoute(
  'GET',
  ['/_matrix/federation/v1/timestamp_to_event/:roomId'],
  async ({ engine, request, origin }) => {
    const direction = required(request, 'dir');
    const ts = numberOf(request, 'ts', -1);
    if ((direction !== 'f' && direction !== 'b') || ts < 0) {
      throw invalidParam('"ts" must be a time in milliseconds, "dir" f or b.');
    }
    return serveEventByTimestamp(engine, { origin, roomId: request.param('roomId'), ts, direction });
  },
);
