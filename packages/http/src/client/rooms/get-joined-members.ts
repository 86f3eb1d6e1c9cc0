import { getJoinedMembers } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidjoined_members */
export const getRoomJoinedMembers = route('GET', v3('/rooms/:roomId/joined_members'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  const members = await getJoinedMembers(engine, { userId, deviceId, roomId: roomIdOf(request) });
  return {
    joined: Object.fromEntries(
      members.map(({ pdu }) => {
        const { displayname, avatar_url } = pdu.content;
        return [
          pdu.state_key ?? '',
          {
            ...(typeof displayname === 'string' ? { display_name: displayname } : {}),
            ...(typeof avatar_url === 'string' ? { avatar_url } : {}),
          },
        ];
      }),
    ),
  };
});
