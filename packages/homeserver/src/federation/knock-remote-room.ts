/** Knocks on a room through a server that is in it. @see https://spec.matrix.org/v1.19/server-server-api/#knocking-upon-a-room */
import type { JsonObject, RoomId, ServerName, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { keepRemoteMembership } from './keep-remote-membership.ts';
import { draftThrough, throughServers } from './remote-membership.ts';
import { bodyOrThrow, path, requestRemote } from './signed-request.ts';
import { readStrippedState } from './stripped-state.ts';

export type KnockRemoteRoom = {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: JsonObject;
  readonly servers: readonly ServerName[];
};

export const knockThroughServers = (engine: Engine, input: KnockRemoteRoom): Promise<void> =>
  throughServers(engine, input.roomId, input.servers, {
    attempt: async (server, timeoutMs) => {
      const { roomId, userId } = input;
      const { rules, pdu, eventId } = await draftThrough(
        engine,
        server,
        { ...input, membership: 'knock' },
        timeoutMs,
      );
      const answer = await requestRemote(engine, {
        destination: server,
        method: 'PUT',
        path: path`/_matrix/federation/v1/send_knock/${roomId}/${eventId}`,
        body: pdu,
      });
      const shown = bodyOrThrow(server, answer)['knock_room_state'];
      await keepRemoteMembership(engine, {
        membership: 'knock',
        userId,
        roomId,
        roomVersion: rules.id,
        pdu,
        eventId,
        server,
        strippedState: readStrippedState(shown, rules, roomId),
      });
    },
  });
