import { uploadKeys } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';
import { optionalObject } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload */
export const postKeysUpload = route('POST', v3('/keys/upload'), async ({ engine, request, ...call }) => {
  const body = request.jsonObject();
  const deviceKeys = optionalObject(body, 'device_keys');
  const oneTimeKeys = optionalObject(body, 'one_time_keys');
  const fallbackKeys = optionalObject(body, 'fallback_keys');
  const counts = await uploadKeys(engine, {
    userId: call.userId,
    deviceId: call.deviceId,
    ...(deviceKeys && { deviceKeys }),
    ...(oneTimeKeys && { oneTimeKeys }),
    ...(fallbackKeys && { fallbackKeys }),
  });
  return { one_time_key_counts: counts };
});
