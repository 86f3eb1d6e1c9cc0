import { upgradeRoom } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalStrings, requiredString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidupgrade */
export const postUpgrade = route('POST', v3('/rooms/:roomId/upgrade'), async (call) => {
  const { engine, request, userId, deviceId } = call;
  const body = request.jsonObject();
  const replacement = await upgradeRoom(engine, {
    roomId: roomIdOf(request),
    userId,
    deviceId,
    version: requiredString(body, 'new_version'),
    additionalCreators: optionalStrings(body, 'additional_creators') ?? [],
    federate: undefined,
  });
  return { replacement_room: replacement };
});
