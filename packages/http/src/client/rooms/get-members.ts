import { getMembers } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { queryChoice, queryString } from '../fields.ts';

const memberships = ['join', 'invite', 'knock', 'leave', 'ban'] as const;

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmembers */
export const getRoomMembers = route('GET', v3('/rooms/:roomId/members'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  return {
    chunk: await getMembers(engine, {
      userId,
      deviceId,
      roomId: roomIdOf(request),
      at: queryString(request, 'at'),
      membership: queryChoice(request, 'membership', memberships),
      notMembership: queryChoice(request, 'not_membership', memberships),
    }),
  };
});
