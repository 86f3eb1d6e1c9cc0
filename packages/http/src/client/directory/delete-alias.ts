import { deleteAlias } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3directoryroomroomalias */
export const deleteRoomAlias = route('DELETE', v3('/directory/room/:roomAlias'), async (call) => {
  await deleteAlias(call.engine, { alias: call.request.param('roomAlias'), userId: call.userId });
  return {};
});
