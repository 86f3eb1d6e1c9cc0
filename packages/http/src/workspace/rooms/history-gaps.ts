import { historyGaps, retryHistory } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { requiredString } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';

/** `GET /_causeway/rooms/{roomId}/gaps`: where history is missing because nobody who has it answered. */
export const getHistoryGaps = route(
  'GET',
  ['/_causeway/rooms/:roomId/gaps'],
  async ({ engine, request, userId, deviceId }) => {
    const gaps = await historyGaps(engine, { userId, deviceId, roomId: roomIdOf(request) });
    return fresh({
      gaps: gaps.map(({ eventId, serverName, reason }) => ({
        event_id: eventId,
        server_name: serverName,
        reason,
      })),
    });
  },
);

/** `POST /_causeway/rooms/{roomId}/gaps`, with `event_id`: asks once more for what is missing below it. */
export const postHistoryGap = route(
  'POST',
  ['/_causeway/rooms/:roomId/gaps'],
  async ({ engine, request, userId, deviceId }) => {
    const eventId = requiredString(request.jsonObject(), 'event_id');
    const added = await retryHistory(engine, { userId, deviceId, roomId: roomIdOf(request), eventId });
    return { added };
  },
);
