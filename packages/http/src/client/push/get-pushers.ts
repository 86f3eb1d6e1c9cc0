import { route, v3 } from '../client-route.ts';

/** There are none. @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushers */
export const getPushers = route('GET', v3('/pushers'), async () => ({ pushers: [] }));
