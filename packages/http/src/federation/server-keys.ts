import { openRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2server */
export const getServerKeys = openRoute(
  'GET',
  ['/_matrix/key/v2/server', '/_matrix/key/v2/server/:keyId'],
  async ({ engine }) => engine.ownKeys.answer(),
);
