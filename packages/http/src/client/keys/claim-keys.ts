import { claimKeys } from '@causeway/homeserver';
import { readKeysClaimed } from '../../asked-keys.ts';
import { route, v3 } from '../client-route.ts';
import { readTimeout } from './read-timeout.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim */
export const postKeysClaim = route('POST', v3('/keys/claim'), async ({ engine, userId, request }) => {
  const body = request.jsonObject();
  return claimKeys(engine, {
    claimant: userId,
    claimed: readKeysClaimed(body),
    timeoutMs: readTimeout(body),
    signal: request.signal,
  });
});
