import { route, v3 } from '../client-route.ts';
import { optionalObject } from '../fields.ts';

/**
 * Answers for every user that was asked about: clients ask again and again about whoever is left out.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery
 */
export const queryKeys = route('POST', v3('/keys/query'), async ({ request }) => {
  const asked = optionalObject(request.jsonObject(), 'device_keys') ?? {};
  return {
    device_keys: Object.fromEntries(Object.keys(asked).map((userId) => [userId, {}])),
    failures: {},
  };
});
