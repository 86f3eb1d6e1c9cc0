/** @see https://spec.matrix.org/v1.19/client-server-api/#token-authenticated-registration */
import {
  createRegistrationToken,
  listRegistrationTokens,
  withdrawRegistrationToken,
} from '@causeway/workspace';
import { optionalInteger, optionalString } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';
import { type AdminCall, adminRoute } from './admin-route.ts';

/** `GET /_causeway/admin/registration-tokens`: with `registration`, which says whether they are of use at all. */
export const getRegistrationTokens = adminRoute('GET', '/registration-tokens', (call) =>
  answerWithTokens(call),
);

/** `POST /_causeway/admin/registration-tokens`: `{ "token"?, "uses"?, "expires_ts"? }`; the answer names the `token`. */
export const postRegistrationToken = adminRoute('POST', '/registration-tokens', async (call) => {
  const body = call.request.jsonObject();
  const wish = {
    token: optionalString(body, 'token'),
    uses: optionalInteger(body, 'uses'),
    expiresTs: optionalInteger(body, 'expires_ts'),
  };
  const token = await createRegistrationToken(call.workspace, wish, call.by);
  return answerWithTokens(call, { token });
});

/** `DELETE /_causeway/admin/registration-tokens/{token}`: nobody registers with it any more. */
export const deleteRegistrationToken = adminRoute('DELETE', '/registration-tokens/:token', async (call) => {
  await withdrawRegistrationToken(call.workspace, call.request.param('token'), call.by);
  return answerWithTokens(call);
});

const answerWithTokens = async ({ workspace, accounts }: AdminCall, further: object = {}): Promise<object> =>
  fresh({
    registration: accounts.registrationMode,
    tokens: (await listRegistrationTokens(workspace)).map((token) => ({
      token: token.token,
      state: token.state,
      used: token.used,
      ...(token.uses === undefined ? {} : { uses: token.uses }),
      ...(token.expiresTs === undefined ? {} : { expires_ts: token.expiresTs }),
      ...(token.createdTs === undefined ? {} : { created_ts: token.createdTs }),
      ...(token.createdBy === undefined ? {} : { created_by: token.createdBy }),
    })),
    ...further,
  });
