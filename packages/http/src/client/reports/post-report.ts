import { getEvent, notFound } from '@causeway/homeserver';
import { type Call, readUserId, roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

const reasonOf = ({ request }: Call): string => optionalString(request.jsonObject(), 'reason') ?? '';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidreporteventid */
export const postReportEvent = route('POST', v3('/rooms/:roomId/report/:eventId'), async (call) => {
  const { engine, request, userId, deviceId, reports } = call;
  const [roomId, eventId] = [roomIdOf(request), request.param('eventId')];
  // Only what somebody can see can they report; the rest does not exist for them.
  const event = await getEvent(engine, { userId, deviceId, roomId, eventId }).catch(() => undefined);
  if (event === undefined) throw notFound('There is no such event in this room that you may see.');
  const about = { kind: 'event', roomId, eventId, userId: event.sender } as const;
  await reports.add({ reporter: userId, about, reason: reasonOf(call), address: call.request.remoteAddress });
  return {};
});

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidreport */
export const postReportRoom = route('POST', v3('/rooms/:roomId/report'), async (call) => {
  const about = { kind: 'room', roomId: roomIdOf(call.request) } as const;
  await call.reports.add({
    reporter: call.userId,
    about,
    reason: reasonOf(call),
    address: call.request.remoteAddress,
  });
  return {};
});

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3usersuseridreport */
export const postReportUser = route('POST', v3('/users/:userId/report'), async (call) => {
  const about = { kind: 'user', userId: readUserId(call.request.param('userId')) } as const;
  await call.reports.add({
    reporter: call.userId,
    about,
    reason: reasonOf(call),
    address: call.request.remoteAddress,
  });
  return {};
});
