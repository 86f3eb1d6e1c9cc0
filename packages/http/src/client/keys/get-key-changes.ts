import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3keyschanges */
export const getKeyChanges = route('GET', v3('/keys/changes'), async () => ({ changed: [], left: [] }));
