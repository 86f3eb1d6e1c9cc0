import { putFilter } from '@causeway/homeserver';
import { requireSelf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridfilter */
export const postFilter = route('POST', v3('/user/:userId/filter'), async (call) => ({
  filter_id: await putFilter(call.engine, requireSelf(call), call.request.jsonObject()),
}));
