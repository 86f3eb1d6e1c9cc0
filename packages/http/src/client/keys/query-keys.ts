import { queryKeys } from '@causeway/homeserver';
import { readKeysAskedFor } from '../../asked-keys.ts';
import { route, v3 } from '../client-route.ts';
import { readTimeout } from './read-timeout.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery */
export const postKeysQuery = route('POST', v3('/keys/query'), async ({ engine, userId, request }) => {
  const body = request.jsonObject();
  return queryKeys(engine, {
    viewer: userId,
    asked: readKeysAskedFor(body),
    timeoutMs: readTimeout(body),
    signal: request.signal,
  });
});
