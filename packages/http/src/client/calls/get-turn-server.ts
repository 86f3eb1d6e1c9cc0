import { route, v3 } from '../client-route.ts';

/** None is configured. @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3voipturnserver */
export const getTurnServer = route('GET', v3('/voip/turnServer'), async () => ({}));
