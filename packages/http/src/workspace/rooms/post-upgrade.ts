import { upgradeRoom } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { optionalBoolean, optionalString, optionalStrings } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';

/**
 * `POST /_causeway/rooms/{roomId}/upgrade` `{ "room_version"?, "federate"?, "additional_creators"? }`: makes a
 * room anew, in another version, or so that other organisations can join it.
 */
export const postRoomUpgrade = route('POST', ['/_causeway/rooms/:roomId/upgrade'], async (call) => {
  const { engine, request, userId, deviceId } = call;
  const body = request.jsonObject();
  const replacement = await upgradeRoom(engine, {
    roomId: roomIdOf(request),
    userId,
    deviceId,
    version: optionalString(body, 'room_version'),
    additionalCreators: optionalStrings(body, 'additional_creators') ?? [],
    federate: optionalBoolean(body, 'federate'),
  });
  return fresh({ replacement_room: replacement });
});
