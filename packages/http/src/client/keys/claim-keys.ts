import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim */
export const claimKeys = route('POST', v3('/keys/claim'), async () => ({ one_time_keys: {}, failures: {} }));
