import { notFound } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keysversion */
export const getKeyBackupVersion = route('GET', v3('/room_keys/version'), async () => {
  throw notFound('There is no key backup.');
});
