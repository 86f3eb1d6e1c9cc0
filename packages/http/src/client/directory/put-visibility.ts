import { setPublished } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalChoice } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3directorylistroomroomid */
export const putVisibility = route('PUT', v3('/directory/list/room/:roomId'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  const visibility = optionalChoice(request.jsonObject(), 'visibility', ['public', 'private']) ?? 'public';
  await setPublished(engine, {
    userId,
    deviceId,
    roomId: roomIdOf(request),
    published: visibility === 'public',
  });
  return {};
});
