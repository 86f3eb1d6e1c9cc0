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

const note = ({ noteModeration, requester }: Call, action: string, input: ModerateMember): Promise<void> =>
  noteModeration({
    requester,
    action,
    roomId: input.roomId,
    details: { user: input.target, ...(input.reason === undefined ? {} : { reason: input.reason }) },
  });

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidkick */
export const postKick = route('POST', v3('/rooms/:roomId/kick'), async (call) => {
  const input = moderation(call);
  await kickUser(call.engine, input);
  await note(call, 'kick', input);
  return {};
});

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidban */
export const postBan = route('POST', v3('/rooms/:roomId/ban'), async (call) => {
  const input = moderation(call);
  await banUser(call.engine, input);
  await note(call, 'ban', input);
  return {};
});

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidunban */
export const postUnban = route('POST', v3('/rooms/:roomId/unban'), async (call) => {
  const input = moderation(call);
  await unbanUser(call.engine, input);
  await note(call, 'unban', input);
  return {};
});
