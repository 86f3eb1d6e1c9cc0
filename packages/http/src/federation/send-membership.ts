import { sendJoin, sendKnock, sendLeave } from '@causeway/homeserver';
import { objectOf, signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid */
export const putSendJoin = signedRoute(
  'PUT',
  ['/_matrix/federation/v2/send_join/:roomId/:eventId'],
  ({ engine, request, origin, content }) =>
    sendJoin(engine, {
      origin,
      roomId: request.param('roomId'),
      eventId: request.param('eventId'),
      body: objectOf(content),
    }),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_knockroomideventid */
export const putSendKnock = signedRoute(
  'PUT',
  ['/_matrix/federation/v1/send_knock/:roomId/:eventId'],
  ({ engine, request, origin, content }) =>
    sendKnock(engine, {
      origin,
      roomId: request.param('roomId'),
      eventId: request.param('eventId'),
      body: objectOf(content),
    }),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_leaveroomideventid */
export const putSendLeave = signedRoute(
  'PUT',
  ['/_matrix/federation/v2/send_leave/:roomId/:eventId'],
  ({ engine, request, origin, content }) =>
    sendLeave(engine, {
      origin,
      roomId: request.param('roomId'),
      eventId: request.param('eventId'),
      body: objectOf(content),
    }),
);
