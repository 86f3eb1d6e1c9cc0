import { sendJoin, sendKnock, sendLeave } from '@causeway/homeserver';
import { inPieces, objectOf, signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid */
export const putSendJoin = signedRoute(
  'PUT',
  ['/_matrix/federation/v2/send_join/:roomId/:eventId'],
  async ({ engine, request, origin, content }) =>
    inPieces(
      await sendJoin(engine, {
        origin,
        roomId: request.param('roomId'),
        eventId: request.param('eventId'),
        body: objectOf(content),
        omitMembers: request.query.get('omit_members') === 'true',
      }),
    ),
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

/** The answer is a pair. @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_joinroomideventid */
export const putSendJoinV1 = signedRoute(
  'PUT',
  ['/_matrix/federation/v1/send_join/:roomId/:eventId'],
  async ({ engine, request, origin, content }) =>
    inPieces(
      pair(
        await sendJoin(engine, {
          origin,
          roomId: request.param('roomId'),
          eventId: request.param('eventId'),
          body: objectOf(content),
          omitMembers: false,
        }),
      ),
    ),
);

/** The answer is a pair. @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_leaveroomideventid */
export const putSendLeaveV1 = signedRoute(
  'PUT',
  ['/_matrix/federation/v1/send_leave/:roomId/:eventId'],
  async ({ engine, request, origin, content }) => [
    200,
    await sendLeave(engine, {
      origin,
      roomId: request.param('roomId'),
      eventId: request.param('eventId'),
      body: objectOf(content),
    }),
  ],
);

/** The text of `[200, object]`. */
const pair = async function* (object: AsyncIterable<string>): AsyncGenerator<string> {
  yield '[200,';
  yield* object;
  yield ']';
};
