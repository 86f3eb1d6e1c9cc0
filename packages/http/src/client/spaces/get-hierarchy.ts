import { getHierarchy } from '@causeway/homeserver';
import { roomIdOf, route, v1 } from '../client-route.ts';
import { queryBoolean, queryInteger, queryString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy */
export const getRoomHierarchy = route('GET', v1('/rooms/:roomId/hierarchy'), async (call) => {
  const { engine, request, userId } = call;
  return getHierarchy(engine, {
    userId,
    roomId: roomIdOf(request),
    suggestedOnly: queryBoolean(request, 'suggested_only'),
    maxDepth: queryInteger(request, 'max_depth', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    limit: queryInteger(request, 'limit', { min: 1, max: Number.MAX_SAFE_INTEGER }),
    from: queryString(request, 'from'),
  });
});
