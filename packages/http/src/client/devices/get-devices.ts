import { route, v3 } from '../client-route.ts';
import { deviceJson } from './device-json.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3devices */
export const getDevices = route('GET', v3('/devices'), async ({ accounts, userId }) => ({
  devices: (await accounts.devices(userId)).map(deviceJson),
}));
