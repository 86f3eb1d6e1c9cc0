import { organisationsOf } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { fresh } from '../workspace-api.ts';

/** `GET /_causeway/rooms/{roomId}/organisations`: who else is in a room, and who can't be reached now. */
export const getOrganisations = route(
  'GET',
  ['/_causeway/rooms/:roomId/organisations'],
  async ({ engine, request, userId, deviceId }) => {
    const found = await organisationsOf(engine, { userId, deviceId, roomId: roomIdOf(request) });
    return fresh({
      organisations: found.map((one) => ({
        server_name: one.serverName,
        members: one.members,
        reachable: one.reachable,
        waiting_since_ts: one.waitingSinceTs,
        last_success_ts: one.lastSuccessTs,
        reason: one.reason,
      })),
    });
  },
);
