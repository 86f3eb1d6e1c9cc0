/** Another server invites a local user. @see https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room */
import {
  type JsonObject,
  type Pdu,
  parseUserId,
  type RoomId,
  type ServerName,
  serverNameOf,
  signEvent,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { forbidden, invalidParam, MatrixError, notFound } from '../matrix-error.ts';
import { requireUnblocked } from '../rooms/blocked-rooms.ts';
import { knownVersion } from '../rooms/room-version.ts';
import { areWeInRoom } from '../rooms/servers-in-room.ts';
import { refuseBlockedInvite } from '../users/invite-blocks.ts';
import { keepRemoteMembership } from './keep-remote-membership.ts';
import { readStrippedState } from './stripped-state.ts';
import { verifyPdu } from './verify-pdu.ts';

/** An invitation as another server sends it; `body` is that of the second version of the endpoint. */
export type ReceiveInvite = {
  readonly origin: ServerName;
  readonly roomId: string;
  readonly eventId: string;
  readonly body: JsonObject;
};

/** Returns the invitation with our signature. */
export const receiveInvite = async (engine: Engine, input: ReceiveInvite): Promise<Pdu> => {
  const version = input.body['room_version'];
  const rules = knownVersion(engine, version);
  if (rules === undefined) {
    throw new MatrixError(
      'M_INCOMPATIBLE_ROOM_VERSION',
      `${engine.serverName} does not know room version ${String(version)}.`,
      { room_version: String(version) },
    );
  }
  const verified = await verifyPdu(engine, rules, input.body['event'] ?? null);
  if (!verified.ok) throw invalidParam(`The invitation is not valid: ${verified.reason}`);
  const { pdu, eventId } = verified;
  const target = parseUserId(pdu.state_key ?? '');
  if (eventId !== input.eventId || pdu.room_id !== input.roomId) {
    throw invalidParam('The invitation is not the one that the request names.');
  }
  if (pdu.type !== 'm.room.member' || pdu.content['membership'] !== 'invite') {
    throw invalidParam('This is not an invitation.');
  }
  if (serverNameOf(pdu.sender) !== input.origin) {
    throw forbidden('An invitation comes from the server of the one who invites.');
  }
  if (target === undefined || !isLocal(engine, target))
    throw invalidParam('The invited user is not of this server.');
  if (!(await engine.directory.exists(target))) throw notFound(`There is no user ${target}.`);
  const roomId = pdu.room_id as RoomId;
  await requireUnblocked(engine, roomId);
  const answer = await engine.policy.ask({
    kind: 'receive-invitation',
    user: target,
    inviter: pdu.sender,
    roomId,
  });
  if (!answer.allowed) throw forbidden(answer.reason);
  await refuseBlockedInvite(engine, target, pdu.sender);
  const strippedState = readStrippedState(input.body['invite_room_state'], rules, roomId);
  const signed = signEvent(rules, pdu, engine.serverName, engine.signingKey);
  // In a room that we are in, the invitation arrives as any other event.
  if (!(await areWeInRoom(engine, roomId))) {
    await keepRemoteMembership(engine, {
      membership: 'invite',
      userId: target,
      roomId,
      roomVersion: rules.id,
      pdu: signed,
      eventId,
      server: input.origin,
      strippedState,
    });
  }
  return signed;
};
