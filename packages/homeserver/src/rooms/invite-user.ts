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
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { isVersionRefusal } from '../federation/accepted-version.ts';
import { isUnknownEndpoint } from '../federation/older-endpoints.ts';
import { bodyOrThrow, path, type RemoteAnswer, requestRemote } from '../federation/signed-request.ts';
import { verifyPdu } from '../federation/verify-pdu.ts';
import { forbidden, notFound, refusal, refusedByPolicy } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { waitForMember } from '../reading/wait-for-members.ts';
import { memberships, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { refuseBlockedInvite } from '../users/invite-blocks.ts';
import { requireUnblocked } from './blocked-rooms.ts';
import { publishAppended } from './append-event.ts';
import { authorizeAgainst } from './authorize-event.ts';
import { createEvent } from './create-event.ts';
import { roomById, rulesOf } from './current-state.ts';
import { memberContent } from './member-content.ts';
import { receivePdu } from './receive-pdu.ts';
import { isUnresolved, transactResolving } from './resolutions.ts';
import { requireVoice, silenceOf } from './speak-outside.ts';
import { strippedStateOf } from './stripped-state-of.ts';
import { requirePolicySignature, writeOwn } from './write-own.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

/** An invitation of `target` by `sender`, who is of this server. */
export type InviteUser = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly target: UserId;
  readonly reason?: string;
  readonly isDirect?: boolean;
  /** For policy: it is withdrawn after so long. */
  readonly expiresInMs?: number;
  /** It makes an invitation by a third-party identifier good. */
  readonly thirdParty?: ThirdPartyProof;
};

/** What `content.third_party_invite` says: a name from the event that invited, and what the identity server signed. */
export type ThirdPartyProof = { readonly displayName: string; readonly signed: JsonObject };

/**
 * Refuses with M_FORBIDDEN (rules or policy, ours or theirs), CAUSEWAY_AWAITS_APPROVAL, M_NOT_FOUND for a local user who does not
 * exist, CAUSEWAY_UNREACHABLE when the other server does not answer, M_UNSUPPORTED_ROOM_VERSION when it
 * does not know the room's version.
 */
export const inviteUser = async (engine: Engine, input: InviteUser): Promise<EventId> => {
  await requireVoice(engine, input.sender, input.roomId);
  await waitForMember(engine, input.roomId, input.target);
  if (isLocal(engine, input.target)) return inviteLocalUser(engine, input);
  const { roomId, sender, target } = input;
  const answer = await engine.policy.ask({
    kind: 'invite-outsider',
    user: sender,
    invitee: target,
    roomId,
    ...(input.isDirect === true ? { direct: true } : {}),
    ...optional('reason', input.reason),
    ...optional('expiresInMs', input.expiresInMs),
  });
  if (!answer.allowed) throw refusedByPolicy(answer);
  return inviteOutsider(engine, input);
};

/**
 * Invites somebody here in the name of somebody elsewhere, who did so by a third-party identifier: the signature of their
 * server is not needed. @throws M_FORBIDDEN, M_NOT_FOUND
 */
export const inviteInTheirName = async (
  engine: Engine,
  input: InviteUser & { readonly thirdParty: ThirdPartyProof },
): Promise<EventId> => {
  const { roomId, sender: inviter, target: user } = input;
  const answer = await engine.policy.ask({ kind: 'receive-invitation', user, inviter, roomId });
  if (!answer.allowed) throw refusedByPolicy(answer);
  return inviteLocalUser(engine, input);
};

const inviteContent = async (engine: Engine, input: InviteUser): Promise<JsonObject> =>
  memberContent(engine, input.target, 'invite', {
    ...(input.reason === undefined ? {} : { reason: input.reason }),
    ...(input.isDirect === true ? { is_direct: true } : {}),
    ...(input.thirdParty === undefined
      ? {}
      : {
          third_party_invite: {
            display_name: input.thirdParty.displayName,
            signed: input.thirdParty.signed,
          },
        }),
  });

const inviteLocalUser = async (engine: Engine, input: InviteUser): Promise<EventId> => {
  const { roomId, sender, target } = input;
  if (!(await engine.directory.exists(target))) throw notFound(faultOf('user-unknown', { person: target }));
  await requireUnblocked(engine, roomId);
  await refuseBlockedInvite(engine, target, sender);
  if ((await silenceOf(engine, target, roomId)) !== undefined) {
    throw forbidden(faultOf('invitee-not-outside', { person: target }));
  }
  const content = await inviteContent(engine, input);
  const appended = await writeOwn(engine, roomId, {
    plan: async (tx) => {
      const room = await knownRoom(tx, roomId);
      await refuseMembers(engine, tx, room, target);
      return { room, template: { sender, type: 'm.room.member', stateKey: target, content } };
    },
  });
  if (appended === undefined) throw new Error('nobody was invited');
  return appended.event.eventId;
};

const inviteOutsider = async (engine: Engine, input: InviteUser): Promise<EventId> => {
  const { roomId, sender, target } = input;
  const content = await inviteContent(engine, input);
  const { room, created, strippedState } = await transactResolving(engine, async (tx) => {
    const room = await knownRoom(tx, roomId);
    if (room.federate === 0) {
      throw forbidden(faultOf('room-own-only'));
    }
    await refuseMembers(engine, tx, room, target);
    const created = await createEvent(engine, tx, room, {
      sender,
      type: 'm.room.member',
      stateKey: target,
      content,
    });
    if (isUnresolved(created)) return created;
    const verdict = await authorizeAgainst(engine, tx, room, created.pdu, created.stateBefore);
    if (!verdict.allowed) throw forbidden(faultOf('room-forbids', { why: verdict.reason }));
    return { room, created, strippedState: await strippedStateOf(engine, tx, room, [sender]) };
  });
  const ours = await requirePolicySignature(engine, roomId, created);
  const signed = await askTheirServer(engine, room, ours, target, strippedState);
  return engine.roomQueue.run(roomId, async () => {
    const verdict = await transactResolving(engine, async (tx) => {
      const current = await knownRoom(tx, roomId);
      return receivePdu(engine, tx, current, signed, { relay: { except: '' } });
    });
    if (verdict.kind === 'duplicate') return signed.eventId;
    if (verdict.kind !== 'accepted') {
      throw forbidden(
        verdict.kind === 'missing'
          ? faultOf('room-changed')
          : faultOf('room-forbids', { why: verdict.reason }),
      );
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
  const answer = await sendInvite(engine, server, room, created, strippedState);
  if (isVersionRefusal(answer)) {
    throw refusal(
      'M_UNSUPPORTED_ROOM_VERSION',
      faultOf('version-unknown-there', { server, version: room.room_version }),
    );
  }
  const event = bodyOrThrow(server, answer)['event'];
  const verified = isJsonObject(event) ? await verifyPdu(engine, rulesOf(room), event) : undefined;
  if (verified?.ok !== true || verified.eventId !== created.eventId) {
    throw refusal('CAUSEWAY_BAD_ANSWER', faultOf('invitation-answer', { server }));
  }
  // Ours, with their signature beside ours: nothing else of the answer is taken.
  const theirs = verified.pdu.signatures[server];
  const signatures = { ...created.pdu.signatures, ...(theirs === undefined ? {} : { [server]: theirs }) };
  return { eventId: created.eventId, pdu: { ...created.pdu, signatures } };
};

/**
 * "If the remote server does not support v2, the v1 API may be used for room versions 1 and 2".
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid
 */
const sendInvite = async (
  engine: Engine,
  destination: ServerName,
  room: RoomRow,
  { pdu, eventId }: { readonly pdu: Pdu; readonly eventId: EventId },
  invite_room_state: readonly Pdu[],
): Promise<RemoteAnswer> => {
  const request = { destination, method: 'PUT' } as const;
  const answer = await requestRemote(engine, {
    ...request,
    path: path`/_matrix/federation/v2/invite/${room.room_id}/${eventId}`,
    body: { room_version: room.room_version, event: pdu, invite_room_state },
  });
  const isOld = rulesOf(room).eventIdFormat === 'sender-chosen';
  if (!isOld || !isUnknownEndpoint(answer)) return answer;
  return requestRemote(engine, {
    ...request,
    path: path`/_matrix/federation/v1/invite/${room.room_id}/${eventId}`,
    body: { ...pdu, unsigned: { invite_room_state } },
  });
};

const knownRoom = async (reader: StoreReader, roomId: RoomId): Promise<RoomRow> => {
  const room = await roomById(reader, roomId);
  if (room === undefined) throw noSuchRoom(roomId);
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
  if (row?.membership === 'join') throw forbidden(faultOf('member-already', { person: target }));
  if (row?.membership === 'ban') throw forbidden(faultOf('member-banned', { person: target }));
};
