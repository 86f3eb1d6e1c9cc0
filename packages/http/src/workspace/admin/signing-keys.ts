/** The keys that this server signs with. */
import type { SigningKeys } from '@causeway/workspace';
import { requiredString } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';
import { adminRoute } from './admin-route.ts';

/** `GET /_causeway/admin/signing-keys`: the key in use and those from before, newest first. */
export const getSigningKeys = adminRoute('GET', '/signing-keys', async ({ signingKeys }) =>
  answer(signingKeys),
);

/**
 * `POST /_causeway/admin/signing-keys`: `{ "in_use" }`; signs with a new key from now on. `in_use` is the ID of the key
 * that the admin saw: when somebody else made a new one since, it is a 409.
 */
export const postSigningKey = adminRoute('POST', '/signing-keys', async ({ request, signingKeys, by }) => {
  await signingKeys.rotate({ basedOn: requiredString(request.jsonObject(), 'in_use'), by });
  return answer(signingKeys);
});

const answer = (signingKeys: SigningKeys): object =>
  fresh({
    keys: signingKeys.list().map(({ keyId, publicKey, since, expiredTs }) => ({
      key_id: keyId,
      public_key: publicKey,
      since_ts: since,
      ...(expiredTs === undefined ? {} : { expired_ts: expiredTs }),
    })),
  });
