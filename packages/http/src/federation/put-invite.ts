import { receiveInvite } from '@causeway/homeserver';
import { isJsonObject } from '@causeway/protocol';
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

/**
 * Only for room versions 1 and 2, whose events are alike: the body is the event, with the stripped state in its
 * `unsigned`, and the answer is a pair.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1inviteroomideventid
 */
export const putInviteV1 = signedRoute(
  'PUT',
  ['/_matrix/federation/v1/invite/:roomId/:eventId'],
  async ({ engine, request, origin, content }) => {
    const event = objectOf(content);
    const { unsigned } = event;
    const body = {
      room_version: '1',
      event,
      ...(isJsonObject(unsigned) && unsigned['invite_room_state'] !== undefined
        ? { invite_room_state: unsigned['invite_room_state'] }
        : {}),
    };
    const signed = await receiveInvite(engine, {
      origin,
      roomId: request.param('roomId'),
      eventId: request.param('eventId'),
      body,
    });
    return [200, { event: signed }];
  },
);
