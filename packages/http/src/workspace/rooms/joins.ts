import { cancelRemoteJoin } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { fresh } from '../workspace-api.ts';

/** `GET /_causeway/joins`: the rooms that this person is joining through other servers, and how far it is. */
export const getJoins = route('GET', ['/_causeway/joins'], async ({ engine, userId }) =>
  fresh({
    joins: engine.joins.ofUser(userId).map((join) => ({
      room_id: join.roomId,
      started_ts: join.startedTs,
      step: join.step,
      server_name: join.server,
      checked_members: join.checkedMembers,
      total_members: join.totalMembers,
      refusals: join.refusals.map(({ server, reason }) => ({ server_name: server, reason })),
    })),
  }),
);

/** `DELETE /_causeway/joins/{roomId}`: ends it, unless it is done, or so near its end that nothing is left to end. */
export const deleteJoin = route('DELETE', ['/_causeway/joins/:roomId'], async ({ engine, request, userId }) =>
  fresh({ cancelled: cancelRemoteJoin(engine, roomIdOf(request), userId) }),
);
