import { getThreads } from '@causeway/homeserver';
import { roomIdOf, route, v1 } from '../client-route.ts';
import { queryChoice, queryInteger } from '../fields.ts';
import { tokenOf } from './get-messages.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidthreads */
export const getRoomThreads = route('GET', v1('/rooms/:roomId/threads'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  return getThreads(engine, {
    userId,
    deviceId,
    roomId: roomIdOf(request),
    onlyParticipated: queryChoice(request, 'include', ['all', 'participated']) === 'participated',
    from: tokenOf(request, 'from'),
    limit: queryInteger(request, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
  });
});
