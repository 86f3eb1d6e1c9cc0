import { route, v3 } from '../client-route.ts';
import { optionalBoolean } from '../fields.ts';
import { requirePassword } from './interactive-auth.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate */
export const deactivate = route('POST', v3('/account/deactivate'), async (call) => {
  const body = call.request.jsonObject();
  const asked = await requirePassword(call, body);
  if (asked !== undefined) return asked;
  await call.accounts.deactivate(call.requester, { erase: optionalBoolean(body, 'erase') ?? false });
  return { id_server_unbind_result: 'no-support' };
});
