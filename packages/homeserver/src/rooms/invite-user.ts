/**
 * Invites a user. A user of another server is asked of their server first, which signs the invitation; only
 * then does it enter the room.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room
 */
import {
  type EventId,
  isJsonObject,
  type JsonObject,
  type Pdu,
  type RoomId,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { bodyOrThrow, path, requestRemote } from '../federation/signed-request.ts';
import { verifyPdu } from '../federation/verify-pdu.ts';
import { forbidden, MatrixError, notFound } from '../matrix-error.ts';
import { memberships, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { refuseBlockedInvite } from '../users/invite-blocks.ts';
import { publishAppended } from './append-event.ts';
import { authorizeAgainst } from './authorize-event.ts';
import { createEvent } from './create-event.ts';
import { roomById, rulesOf } from './current-state.ts';
import { memberContent } from './member-content.ts';
import { receivePdu } from './receive-pdu.ts';
import { appendOwn } from './send-event.ts';
import { strippedStateOf } from './stripped-state-of.ts';

export type InviteUser = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly target: UserId;
  readonly reason?: string;
  readonly isDirect?: boolean;
};

/**
 * Refuses with M_FORBIDDEN (rules or policy, ours or theirs), M_NOT_FOUND for a local user who does not
 * exist, CAUSEWAY_UNREACHABLE when the other server does not answer, M_UNSUPPORTED_ROOM_VERSION when it
 * does not know the room's version.
 */
export const inviteUser = async (engine: Engine, input: InviteUser): Promise<EventId> => {
  if (isLocal(engine, input.target)) return inviteLocalUser(engine, input);
  const { roomId, sender, target } = input;
  const answer = await engine.policy.ask({ kind: 'invite-outsider', user: sender, invitee: target, roomId });
  if (!answer.allowed) throw forbidden(answer.reason);
  return inviteOutsider(engine, input);
};

const inviteContent = async (engine: Engine, input: InviteUser): Promise<JsonObject> =>
  memberContent(engine, input.target, 'invite', {
    ...(input.reason === undefined ? {} : { reason: input.reason }),
    ...(input.isDirect === true ? { is_direct: true } : {}),
  });

const inviteLocalUser = async (engine: Engine, input: InviteUser): Promise<EventId> => {
  const { roomId, sender, target } = input;
  if (!(await engine.directory.exists(target))) throw notFound(`There is no user ${target}.`);
  await refuseBlockedInvite(engine, target, sender);
  const content = await inviteContent(engine, input);
  return engine.roomQueue.run(roomId, async () => {
    const appended = await engine.store.transact(async (tx) => {
      const room = await knownRoom(tx, roomId);
      await refuseMembers(engine, tx, room, target);
      return appendOwn(engine, tx, room, { sender, type: 'm.room.member', stateKey: target, content });
    });
    publishAppended(engine, [appended]);
    return appended.event.eventId;
  });
};

const inviteOutsider = async (engine: Engine, input: InviteUser): Promise<EventId> => {
  const { roomId, sender, target } = input;
  const content = await inviteContent(engine, input);
  const { room, created, strippedState } = await engine.store.transact(async (tx) => {
    const room = await knownRoom(tx, roomId);
    if (room.federate === 0) {
      throw forbidden('This room is for this organisation only; people of others can not be invited.');
    }
    await refuseMembers(engine, tx, room, target);
    const created = await createEvent(engine, tx, room, {
      sender,
      type: 'm.room.member',
      stateKey: target,
      content,
    });
    const verdict = await authorizeAgainst(engine, tx, room, created.pdu, created.stateBefore);
    if (!verdict.allowed) throw forbidden(verdict.reason);
    return { room, created, strippedState: await strippedStateOf(engine, tx, room, [sender]) };
  });
  const signed = await askTheirServer(engine, room, created, target, strippedState);
  return engine.roomQueue.run(roomId, async () => {
    const verdict = await engine.store.transact(async (tx) => {
      const current = await knownRoom(tx, roomId);
      return receivePdu(engine, tx, current, signed, { relay: { except: '' } });
    });
    if (verdict.kind === 'duplicate') return signed.eventId;
    if (verdict.kind !== 'accepted') {
      throw forbidden(verdict.kind === 'missing' ? 'The room changed meanwhile; try again.' : verdict.reason);
    }
    publishAppended(engine, [verdict.appended]);
    return signed.eventId;
  });
};

/** The invitation with the signature of the invitee's server, which must be our event unchanged. */
const askTheirServer = async (
  engine: Engine,
  room: RoomRow,
  created: { readonly pdu: Pdu; readonly eventId: EventId },
  target: UserId,
  strippedState: readonly Pdu[],
): Promise<{ readonly pdu: Pdu; readonly eventId: EventId }> => {
  const server = serverNameOf(target);
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'PUT',
    path: path`/_matrix/federation/v2/invite/${room.room_id}/${created.eventId}`,
    body: { room_version: room.room_version, event: created.pdu, invite_room_state: strippedState },
  });
  if (answer.kind === 'refused' && answer.errcode === 'M_INCOMPATIBLE_ROOM_VERSION') {
    throw new MatrixError(
      'M_UNSUPPORTED_ROOM_VERSION',
      `${server} does not know room version ${room.room_version}, which this room has.`,
    );
  }
  const event = bodyOrThrow(server, answer)['event'];
  const verified = isJsonObject(event) ? await verifyPdu(engine, rulesOf(room), event) : undefined;
  if (verified?.ok !== true || verified.eventId !== created.eventId) {
    throw new MatrixError(
      'CAUSEWAY_BAD_ANSWER',
      `${server} answered with something else than the invitation.`,
    );
  }
  // Ours, with their signature beside ours: nothing else of the answer is taken.
  const theirs = verified.pdu.signatures[server];
  const signatures = { ...created.pdu.signatures, ...(theirs === undefined ? {} : { [server]: theirs }) };
  return { eventId: created.eventId, pdu: { ...created.pdu, signatures } };
};

const knownRoom = async (reader: StoreReader, roomId: RoomId): Promise<RoomRow> => {
  const room = await roomById(reader, roomId);
  if (room === undefined) throw notFound(`This server is not in room ${roomId}.`);
  return room;
};

const refuseMembers = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  target: UserId,
): Promise<void> => {
  const user_nid = await engine.names.userNid(reader, target);
  const row =
    user_nid === undefined ? undefined : await reader.get(memberships, { room_nid: room.room_nid, user_nid });
  if (row?.membership === 'join') throw forbidden(`${target} is already in this room.`);
  if (row?.membership === 'ban') throw forbidden(`${target} is banned from this room.`);
};
