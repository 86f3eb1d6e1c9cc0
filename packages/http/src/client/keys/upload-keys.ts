import { MatrixError } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';
import { optionalObject } from '../fields.ts';

/**
 * This server keeps no encryption keys yet, and does not pretend to.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload
 */
export const uploadKeys = route('POST', v3('/keys/upload'), async ({ request }) => {
  const body = request.jsonObject();
  for (const field of ['device_keys', 'one_time_keys', 'fallback_keys']) {
    if (Object.keys(optionalObject(body, field) ?? {}).length > 0) {
      throw new MatrixError('M_UNKNOWN', 'This server does not keep encryption keys yet.');
    }
  }
  return { one_time_key_counts: {} };
});
