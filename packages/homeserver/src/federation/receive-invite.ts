/** Another server invites a local user. @see https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room */
import {
  checkPduFormat,
  getRoomVersion,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Pdu,
  parseUserId,
  type RoomId,
  type RoomVersionRules,
  roomIdOf,
  type ServerName,
  serverNameOf,
  signEvent,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { forbidden, invalidParam, MatrixError, notFound } from '../matrix-error.ts';
import { areWeInRoom } from '../rooms/servers-in-room.ts';
import { remoteMemberships } from '../store/schema.ts';
import { verifyPdu } from './verify-pdu.ts';

/** Most stripped state events kept of one invitation. */
const MAX_STRIPPED_EVENTS = 50;

export type ReceiveInvite = {
  readonly origin: ServerName;
  readonly roomId: string;
  readonly eventId: string;
  readonly body: JsonObject;
};

/** Returns the invitation with our signature. */
export const receiveInvite = async (engine: Engine, input: ReceiveInvite): Promise<Pdu> => {
  const version = input.body['room_version'];
  const rules = typeof version === 'string' ? getRoomVersion(version) : undefined;
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
  const answer = await engine.policy.ask({
    kind: 'receive-invitation',
    user: target,
    inviter: pdu.sender,
    roomId,
  });
  if (!answer.allowed) throw forbidden(answer.reason);
  const stripped = readStrippedState(input.body['invite_room_state'], rules, roomId);
  const signed = signEvent(rules, pdu, engine.serverName, engine.signingKey);
  // In a room that we are in, the invitation arrives as any other event.
  if (!(await areWeInRoom(engine, roomId))) {
    await keepInvite(engine, { target, roomId, version: rules.id, pdu: signed, eventId, stripped });
  }
  return signed;
};

/**
 * What the invitee's clients are shown: the fields of stripped state only. Rooms whose ID is the hash of
 * their create event must show that event.
 */
const readStrippedState = (
  value: JsonValue | undefined,
  rules: RoomVersionRules,
  roomId: RoomId,
): readonly JsonObject[] => {
  const events = (isJsonArray(value) ? value : []).filter(isJsonObject).slice(0, MAX_STRIPPED_EVENTS);
  const create = events.find((event) => event['type'] === 'm.room.create');
  if (rules.roomIdIsCreateHash) {
    if (create === undefined) {
      throw new MatrixError('M_MISSING_PARAM', 'invite_room_state has no m.room.create event.');
    }
    const format = checkPduFormat(rules, create);
    if (!format.ok || roomIdOf(rules, format.pdu) !== roomId)
      throw invalidParam('The create event is not that of the room.');
  }
  return events.flatMap(({ type, sender, state_key, content }) =>
    typeof type === 'string' &&
    typeof sender === 'string' &&
    typeof state_key === 'string' &&
    isJsonObject(content)
      ? [{ type, sender, state_key, content }]
      : [],
  );
};

const keepInvite = async (
  engine: Engine,
  invite: {
    readonly target: NonNullable<ReturnType<typeof parseUserId>>;
    readonly roomId: RoomId;
    readonly version: string;
    readonly pdu: Pdu;
    readonly eventId: string;
    readonly stripped: readonly JsonObject[];
  },
): Promise<void> => {
  const { pdu } = invite;
  const own = { type: pdu.type, sender: pdu.sender, state_key: invite.target, content: pdu.content };
  const { stream, user_nid } = await engine.store.transact(async (tx) => {
    const user_nid = await engine.names.internUser(tx, invite.target);
    const stream = await tx.next('stream');
    await tx.put(remoteMemberships, {
      user_nid,
      room_id: invite.roomId,
      membership: 'invite',
      room_version: invite.version,
      json: JSON.stringify(pdu),
      event_id: invite.eventId,
      sender: pdu.sender,
      stripped_state: JSON.stringify([...invite.stripped, own]),
      stream,
    });
    engine.activity.membershipChanged(user_nid, stream);
    engine.activity.userChanged(user_nid, stream);
    return { stream, user_nid };
  });
  engine.notifier.publish({ stream, userNids: [user_nid] });
};
