import { serveHierarchy } from '@causeway/homeserver';
import { signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid */
export const getHierarchy = signedRoute(
  'GET',
  ['/_matrix/federation/v1/hierarchy/:roomId'],
  ({ engine, request, origin }) =>
    serveHierarchy(engine, {
      origin,
      roomId: request.param('roomId'),
      suggestedOnly: request.query.get('suggested_only') === 'true',
    }),
);
