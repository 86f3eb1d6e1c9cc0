import { route, v3 } from '../client-route.ts';

/** There are none. @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3account3pid */
export const getThreepids = route('GET', v3('/account/3pid'), async () => ({ threepids: [] }));
