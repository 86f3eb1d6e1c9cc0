import { signJson } from '@causeway/protocol';
import { openRoute } from './federation-route.ts';

/** How long others may keep our keys before asking again. */
const VALIDITY_MS = 24 * 3600 * 1000;

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2server */
export const getServerKeys = openRoute(
  'GET',
  ['/_matrix/key/v2/server', '/_matrix/key/v2/server/:keyId'],
  async ({ engine }) =>
    signJson(
      {
        server_name: engine.serverName,
        valid_until_ts: engine.clock.now() + VALIDITY_MS,
        verify_keys: { [engine.signingKey.keyId]: { key: engine.signingKey.publicKey } },
        old_verify_keys: {},
      },
      engine.serverName,
      engine.signingKey,
    ),
);
