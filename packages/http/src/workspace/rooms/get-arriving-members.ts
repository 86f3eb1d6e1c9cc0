import { arrivingMembers } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { fresh } from '../workspace-api.ts';

/**
 * `GET /_causeway/rooms/{roomId}/arriving-members`: whether members are still fetched who were left out when the room was
 * joined, and how far that is.
 */
export const getArrivingMembers = route(
  'GET',
  ['/_causeway/rooms/:roomId/arriving-members'],
  async ({ engine, request, userId, deviceId }) => {
    const found = await arrivingMembers(engine, { userId, deviceId, roomId: roomIdOf(request) });
    if (found === undefined) return fresh({ arriving: false });
    return fresh({
      arriving: true,
      server_name: found.server,
      checked_members: found.checked,
      total_members: found.total,
      waiting: found.waiting && { reason: found.waiting.reason, next_ts: found.waiting.nextTs },
    });
  },
);
