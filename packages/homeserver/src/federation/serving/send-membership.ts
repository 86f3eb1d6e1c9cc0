/** send_join and send_leave: another server's user enters or leaves through us. */
import {
  checkPduFormat,
  type JsonObject,
  type JsonValue,
  parseUserId,
  type RoomId,
  type ServerName,
  serverNameOf,
  signEvent,
} from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { forbidden, invalidParam, MatrixError } from '../../matrix-error.ts';
import { publishAppended } from '../../rooms/append-event.ts';
import { rulesOf } from '../../rooms/current-state.ts';
import type { StoredEvent } from '../../rooms/event-cache.ts';
import { type ReceiveVerdict, receivePdu, type VerifiedPdu } from '../../rooms/receive-pdu.ts';
import { isUnresolved, transactResolving, type Unresolved } from '../../rooms/resolutions.ts';
import { isServerInRoom } from '../../rooms/servers-in-room.ts';
import { strippedStateOf } from '../../rooms/stripped-state-of.ts';
import type { RoomRow } from '../../store/schema.ts';
import { signByPolicy } from '../ask-policy-server.ts';
import { fetchMissing } from '../fetch-missing-events.ts';
import { verifyPdu } from '../verify-pdu.ts';
import { joinAnswer } from './join-answer.ts';
import { requireMembersHere, roomForServer } from './room-for-server.ts';

/** Another server sends the membership event that it has signed; `body` is the event. */
export type SendMembership = {
  readonly origin: ServerName;
  readonly roomId: string;
  readonly eventId: string;
  readonly body: JsonValue;
};

/**
 * Answers with the text of a JSON object. `omitMembers`: the caller can do with fewer members.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid
 */
export const sendJoin = async (
  engine: Engine,
  { omitMembers, ...input }: SendMembership & { readonly omitMembers: boolean },
): Promise<AsyncIterable<string>> => {
  const { room, verified } = await readMembership(engine, input, 'join');
  await receiveMembership(engine, input, verified);
  const event = await engine.store.read((reader) => engine.events.byId(reader, verified.eventId));
  if (event === undefined) throw new Error('the join that was stored is gone');
  return joinAnswer(engine, { room, event, omitMembers });
};

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_leaveroomideventid */
export const sendLeave = async (engine: Engine, input: SendMembership): Promise<JsonObject> => {
  const { verified } = await readMembership(engine, input, 'leave');
  await receiveMembership(engine, input, verified);
  return {};
};

/** Answers with what a knocker is shown. @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_knockroomideventid */
export const sendKnock = async (engine: Engine, input: SendMembership): Promise<JsonObject> => {
  const { room, verified } = await readMembership(engine, input, 'knock');
  await receiveMembership(engine, input, verified);
  return engine.store.read(async (reader) => ({
    knock_room_state: await strippedStateOf(engine, reader, room),
  }));
};

const readMembership = async (
  engine: Engine,
  { origin, roomId, eventId, body }: SendMembership,
  membership: 'join' | 'leave' | 'knock',
): Promise<{ readonly room: RoomRow; readonly verified: VerifiedPdu }> => {
  const room = await engine.store.read(async (reader) => {
    const found = await roomForServer(engine, reader, roomId, origin);
    if (membership !== 'leave') await requireMembersHere(engine, reader, found);
    return found;
  });
  const verified = await verifyPdu(engine, rulesOf(room), vouchFor(engine, room, body));
  if (!verified.ok) throw invalidParam(`The event is not valid: ${verified.reason}`);
  const { pdu } = verified;
  if (verified.eventId !== eventId || pdu.room_id !== roomId) {
    throw invalidParam('The event is not the one that the request names.');
  }
  if (pdu.type !== 'm.room.member' || pdu.content['membership'] !== membership) {
    throw invalidParam(`The event is not a membership event with membership ${membership}.`);
  }
  if (pdu.state_key !== pdu.sender || serverNameOf(pdu.sender) !== origin) {
    throw forbidden('A server can only send the memberships of its own users.');
  }
  return { room, verified };
};

/**
 * The event with our signature when it names one of our users as vouching for a join by a restricted rule. It
 * is handed out only if the event turns out to be allowed.
 */
const vouchFor = (engine: Engine, room: RoomRow, body: JsonValue): JsonValue => {
  const rules = rulesOf(room);
  const format = checkPduFormat(rules, body);
  const authorising = format.ok ? format.pdu.content['join_authorised_via_users_server'] : undefined;
  const user = typeof authorising === 'string' ? parseUserId(authorising) : undefined;
  if (!format.ok || user === undefined || serverNameOf(user) !== engine.serverName) return body;
  return signEvent(rules, format.pdu, engine.serverName, engine.signingKey);
};

const receiveMembership = async (
  engine: Engine,
  input: SendMembership,
  unsigned: VerifiedPdu,
): Promise<void> => {
  const policy = await signByPolicy(engine, input.roomId, unsigned.pdu);
  if (policy.kind === 'unsigned') throw policy.error;
  // Who joins does not know the room's policy server yet: it is asked here.
  const verified = { ...unsigned, pdu: policy.pdu };
  let verdict = await receiveOnce(engine, input, verified);
  if (verdict.kind === 'missing') {
    const { authEvents, prevEvents } = verdict;
    const roomId = input.roomId as RoomId;
    await fetchMissing(engine, { ...verified, roomId, origin: input.origin, authEvents, prevEvents });
    verdict = await receiveOnce(engine, input, verified);
  }
  if (verdict.kind === 'missing') {
    throw new MatrixError('M_UNKNOWN', 'The event builds on events that this server does not have.');
  }
  if (verdict.kind === 'duplicate') return;
  publishAppended(engine, [verdict.appended]);
  if (verdict.kind !== 'accepted') throw forbidden(verdict.reason);
};

const receiveOnce = (
  engine: Engine,
  { roomId, origin }: SendMembership,
  verified: VerifiedPdu,
): Promise<Exclude<ReceiveVerdict, Unresolved>> =>
  engine.roomQueue.run(roomId, async () => {
    const { verdict, isNew } = await transactResolving(engine, async (tx) => {
      const room = await roomForServer(engine, tx, roomId, origin);
      const isNew = !(await isServerInRoom(engine, tx, room.room_nid, origin));
      const verdict = await receivePdu(engine, tx, room, verified, { relay: { except: origin } });
      return isUnresolved(verdict) ? verdict : { isNew, verdict };
    });
    if (isNew && verdict.kind === 'accepted') await noteNewcomer(engine, origin, verdict.appended.event);
    return verdict;
  });

/** Before anything else is received in this room: it may be of a server that does not know of the newcomer. */
const noteNewcomer = async (
  engine: Engine,
  origin: ServerName,
  { roomNid, stateKeyNid, pdu }: StoredEvent,
): Promise<void> => {
  if (pdu.content['membership'] !== 'join' || stateKeyNid === null) return;
  const serverNid = await engine.store.read((reader) => engine.names.serverNid(reader, origin));
  if (serverNid === undefined) return;
  engine.newcomers.add(roomNid, serverNid, { stateKeyNid, enteredTs: engine.clock.now() });
};
