import { MatrixError } from '@causeway/homeserver';
import { requireSelf, route, v3 } from '../client-route.ts';
import { optionalChoice, optionalString } from '../fields.ts';

/** Accepted and not passed on. @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3presenceuseridstatus */
export const putPresence = route('PUT', v3('/presence/:userId/status'), async (call) => {
  requireSelf(call);
  const body = call.request.jsonObject();
  optionalString(body, 'status_msg');
  if (optionalChoice(body, 'presence', ['online', 'offline', 'unavailable']) === undefined) {
    throw new MatrixError('M_MISSING_PARAM', '"presence" is missing.');
  }
  return {};
});
