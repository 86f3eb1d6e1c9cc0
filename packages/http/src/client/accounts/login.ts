import { invalidParam, MatrixError } from '@causeway/homeserver';
import type { JsonObject } from '@causeway/protocol';
import { openRoute, v3 } from '../client-route.ts';
import { optionalObject, optionalString, requiredString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3login */
export const login = openRoute('POST', v3('/login'), async ({ request, accounts, settings }) => {
  const body = request.jsonObject();
  const type = requiredString(body, 'type');
  if (type !== 'm.login.password') {
    throw new MatrixError('M_UNKNOWN', `This server has no login of type "${type}".`);
  }
  await settings.limit?.(request.remoteAddress, 'login');
  const session = await accounts.login({
    user: userOf(body),
    password: requiredString(body, 'password'),
    deviceId: optionalString(body, 'device_id'),
    initialDeviceDisplayName: optionalString(body, 'initial_device_display_name'),
    remoteAddress: request.remoteAddress,
  });
  const { publicUrl } = settings;
  return {
    user_id: session.userId,
    access_token: session.accessToken,
    device_id: session.deviceId,
    home_server: accounts.serverName,
    ...(publicUrl === undefined ? {} : { well_known: { 'm.homeserver': { base_url: publicUrl } } }),
  };
});

/** Reads who logs in, also in the old form without `identifier`. */
export const userOf = (body: JsonObject): string => {
  const identifier = optionalObject(body, 'identifier');
  if (identifier === undefined) return requiredString(body, 'user');
  const type = requiredString(identifier, 'type');
  if (type !== 'm.id.user') throw invalidParam(`This server knows no identifier of type "${type}".`);
  return requiredString(identifier, 'user');
};
