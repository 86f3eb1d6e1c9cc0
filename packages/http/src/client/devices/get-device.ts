import { notFound } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';
import { deviceJson } from './device-json.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3devicesdeviceid */
export const getDevice = route('GET', v3('/devices/:deviceId'), async ({ accounts, userId, request }) => {
  const device = await accounts.device(userId, request.param('deviceId'));
  if (device === undefined) throw notFound('You have no such device.');
  return deviceJson(device);
});
