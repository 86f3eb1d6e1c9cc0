import { setTyping } from '@causeway/homeserver';
import { requireSelf, roomIdOf, route, v3 } from '../client-route.ts';
import { optionalInteger, requiredBoolean } from '../fields.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidtypinguserid */
export const putTyping = route('PUT', v3('/rooms/:roomId/typing/:userId'), async (call) => {
  const userId = requireSelf(call);
  const body = call.request.jsonObject();
  const typing = requiredBoolean(body, 'typing');
  const timeoutMs = optionalInteger(body, 'timeout') ?? DEFAULT_TIMEOUT_MS;
  await setTyping(call.engine, {
    roomId: roomIdOf(call.request),
    userId,
    deviceId: call.deviceId,
    timeoutMs: typing ? timeoutMs : 0,
  });
  return {};
});
