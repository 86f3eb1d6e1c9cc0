import { receiveInvite } from '@causeway/homeserver';
import { objectOf, signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid */
export const putInvite = signedRoute(
  'PUT',
  ['/_matrix/federation/v2/invite/:roomId/:eventId'],
  async ({ engine, request, origin, content }) => ({
    event: await receiveInvite(engine, {
      origin,
      roomId: request.param('roomId'),
      eventId: request.param('eventId'),
      body: objectOf(content),
    }),
  }),
);
