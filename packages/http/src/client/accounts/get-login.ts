import { openRoute, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3login */
export const getLogin = openRoute('GET', v3('/login'), async () => ({
  flows: [{ type: 'm.login.password' }],
}));
