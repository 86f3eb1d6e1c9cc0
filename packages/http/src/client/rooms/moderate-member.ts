/** Kick, ban and unban: the same request under three names. */
import { banUser, kickUser, type ModerateMember, unbanUser } from '@causeway/homeserver';
import { type Call, readUserId, roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString, requiredString } from '../fields.ts';

const moderation = ({ userId, request }: Call): ModerateMember => {
  const body = request.jsonObject();
  return {
    roomId: roomIdOf(request),
    sender: userId,
    target: readUserId(requiredString(body, 'user_id')),
    reason: optionalString(body, 'reason'),
  };
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidkick */
export const postKick = route('POST', v3('/rooms/:roomId/kick'), async (call) => {
  await kickUser(call.engine, moderation(call));
  return {};
});

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidban */
export const postBan = route('POST', v3('/rooms/:roomId/ban'), async (call) => {
  await banUser(call.engine, moderation(call));
  return {};
});

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidunban */
export const postUnban = route('POST', v3('/rooms/:roomId/unban'), async (call) => {
  await unbanUser(call.engine, moderation(call));
  return {};
});
