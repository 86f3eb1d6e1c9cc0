import { openJoinedRoom, retentionOf } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { fresh } from '../workspace-api.ts';

/** `GET /_causeway/rooms/{roomId}/retention`: how long messages stay here, and what was deleted. Times in ms. */
export const getRetention = route('GET', ['/_causeway/rooms/:roomId/retention'], async (call) => {
  const { engine, request, userId, deviceId } = call;
  const { maxAgeMs, purgedBefore } = await engine.store.read(async (reader) => {
    const { room } = await openJoinedRoom(engine, reader, { userId, deviceId }, roomIdOf(request));
    return retentionOf(reader, room.room_nid);
  });
  return fresh({
    ...(maxAgeMs === undefined ? {} : { max_age_ms: maxAgeMs }),
    ...(purgedBefore === undefined ? {} : { purged_before_ts: purgedBefore }),
  });
});
