import { acceptedVersion, invalidParam } from '@causeway/homeserver';
import { parseServerName } from '@causeway/protocol';
import { roomIdOf, route } from '../../client/client-route.ts';
import { fresh } from '../workspace-api.ts';
import { faultOf } from '@causeway/workspace';

/**
 * `GET /_causeway/rooms/{roomId}/accepted-version?server_name=`: the newest other room version that all of the
 * named servers take part in; `{}` when there is none.
 */
export const getAcceptedVersion = route(
  'GET',
  ['/_causeway/rooms/:roomId/accepted-version'],
  async ({ engine, request, userId, deviceId }) => {
    const servers = request.query.getAll('server_name').map((name) => {
      const server = parseServerName(name);
      if (server === undefined) throw invalidParam(faultOf('no-server', { name: name.slice(0, 255) }));
      return server;
    });
    if (servers.length === 0) throw invalidParam('"server_name" is missing.');
    const version = await acceptedVersion(engine, { roomId: roomIdOf(request), userId, deviceId, servers });
    return fresh(version === undefined ? {} : { room_version: version });
  },
);
