import { eventByTimestamp, MatrixError } from '@causeway/homeserver';
import { roomIdOf, route, v1 } from '../client-route.ts';
import { queryChoice, queryInteger } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event */
export const getEventByTimestamp = route('GET', v1('/rooms/:roomId/timestamp_to_event'), async (call) => {
  const { engine, request, userId, deviceId } = call;
  const ts = queryInteger(request, 'ts', { min: 0, max: Number.MAX_SAFE_INTEGER });
  const direction = queryChoice(request, 'dir', ['f', 'b']);
  if (ts === undefined || direction === undefined) {
    throw new MatrixError('M_MISSING_PARAM', '"ts" and "dir" are needed.');
  }
  return eventByTimestamp(engine, { userId, deviceId, roomId: roomIdOf(request), ts, direction });
});
