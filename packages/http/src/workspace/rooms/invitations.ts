import { invalidParam, inviteUntil, openInvitations } from '@causeway/homeserver';
import { readUserId, roomIdOf, route } from '../../client/client-route.ts';
import { optionalInteger, optionalString, requiredString } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';

const paths = ['/_causeway/rooms/:roomId/invitations'];

const LONGEST_MS = 365 * 24 * 3_600_000;

/** `POST`: invites somebody, if wanted for a time only. `{ "user_id", "reason"?, "expires_in_ms"? }` */
export const postInvitation = route('POST', paths, async ({ engine, request, userId }) => {
  const body = request.jsonObject();
  const expiresInMs = optionalInteger(body, 'expires_in_ms');
  if (expiresInMs !== undefined && (expiresInMs < 1 || expiresInMs > LONGEST_MS)) {
    throw invalidParam('"expires_in_ms" must be from 1 to the milliseconds of a year.');
  }
  const eventId = await inviteUntil(engine, {
    roomId: roomIdOf(request),
    sender: userId,
    target: readUserId(requiredString(body, 'user_id')),
    reason: optionalString(body, 'reason'),
    expiresInMs,
  });
  return fresh({ event_id: eventId });
});

/** `GET`: who is invited and has not answered. */
export const getInvitations = route('GET', paths, async ({ engine, request, userId, deviceId }) => {
  const found = await openInvitations(engine, { userId, deviceId, roomId: roomIdOf(request) });
  return fresh({
    invitations: found.map((one) => ({
      user_id: one.userId,
      inviter: one.inviter,
      since_ts: one.sinceTs,
      reason: one.reason,
      expires_ts: one.expiresTs,
    })),
  });
});
