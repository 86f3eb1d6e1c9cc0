import { getFilter } from '@causeway/homeserver';
import { requireSelf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridfilterfilterid */
export const getFilterById = route('GET', v3('/user/:userId/filter/:filterId'), async (call) =>
  getFilter(call.engine, requireSelf(call), call.request.param('filterId')),
);
