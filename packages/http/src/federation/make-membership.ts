import { makeJoin, makeKnock, makeLeave } from '@causeway/homeserver';
import { signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid */
export const getMakeJoin = signedRoute(
  'GET',
  ['/_matrix/federation/v1/make_join/:roomId/:userId'],
  ({ engine, request, origin }) => {
    const versions = request.query.getAll('ver');
    return makeJoin(engine, {
      origin,
      roomId: request.param('roomId'),
      userId: request.param('userId'),
      versions: versions.length === 0 ? ['1'] : versions,
    });
  },
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_knockroomiduserid */
export const getMakeKnock = signedRoute(
  'GET',
  ['/_matrix/federation/v1/make_knock/:roomId/:userId'],
  ({ engine, request, origin }) =>
    makeKnock(engine, {
      origin,
      roomId: request.param('roomId'),
      userId: request.param('userId'),
      versions: request.query.getAll('ver'),
    }),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_leaveroomiduserid */
export const getMakeLeave = signedRoute(
  'GET',
  ['/_matrix/federation/v1/make_leave/:roomId/:userId'],
  ({ engine, request, origin }) =>
    makeLeave(engine, { origin, roomId: request.param('roomId'), userId: request.param('userId') }),
);
