import { getJoinedRooms } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3joined_rooms */
export const getJoined = route('GET', v3('/joined_rooms'), async (call) => ({
  joined_rooms: await getJoinedRooms(call.engine, call),
}));
