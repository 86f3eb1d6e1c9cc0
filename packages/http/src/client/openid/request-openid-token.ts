import { requestOpenIdToken } from '@causeway/homeserver';
import { requireSelf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridopenidrequest_token */
export const postOpenIdToken = route('POST', v3('/user/:userId/openid/request_token'), async (call) => {
  const userId = requireSelf(call);
  call.request.jsonObject();
  return requestOpenIdToken(call.engine, userId);
});
