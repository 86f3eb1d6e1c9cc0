/** send_join and send_leave: another server's user enters or leaves through us. */
import {
  checkPduFormat,
  type JsonObject,
  type JsonValue,
  type Pdu,
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
import { type ReceiveVerdict, receivePdu, type VerifiedPdu } from '../../rooms/receive-pdu.ts';
import { otherServers } from '../../rooms/servers-in-room.ts';
import { strippedStateOf } from '../../rooms/stripped-state-of.ts';
import type { RoomRow } from '../../store/schema.ts';
import { fetchMissing } from '../fetch-missing-events.ts';
import { verifyPdu } from '../verify-pdu.ts';
import { authChainOf, stateBefore } from './read-graph.ts';
import { roomForServer } from './room-for-server.ts';

export type SendMembership = {
  readonly origin: ServerName;
  readonly roomId: string;
  readonly eventId: string;
  readonly body: JsonValue;
};

export type SendJoinAnswer = {
  readonly state: readonly Pdu[];
  readonly auth_chain: readonly Pdu[];
  readonly event: Pdu;
  readonly members_omitted: false;
  readonly servers_in_room: readonly ServerName[];
  readonly origin: ServerName;
};

/** @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid */
export const sendJoin = async (engine: Engine, input: SendMembership): Promise<SendJoinAnswer> => {
  const { room, verified } = await readMembership(engine, input, 'join');
  await receiveMembership(engine, input, verified);
  return engine.store.read(async (reader) => {
    const event = await engine.events.byId(reader, verified.eventId);
    if (event === undefined) throw new Error('the join that was stored is gone');
    const state = await stateBefore(engine, reader, room, event);
    return {
      state: state.map((entry) => entry.pdu),
      auth_chain: (await authChainOf(engine, reader, [...state, event])).map((entry) => entry.pdu),
      event: event.pdu,
      members_omitted: false,
      servers_in_room: [engine.serverName, ...(await otherServers(engine, reader, room.room_nid))],
      origin: engine.serverName,
    };
  });
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
  const room = await engine.store.read((reader) => roomForServer(engine, reader, roomId, origin));
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
  verified: VerifiedPdu,
): Promise<void> => {
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
): Promise<ReceiveVerdict> =>
  engine.roomQueue.run(roomId, () =>
    engine.store.transact(async (tx) => {
      const room = await roomForServer(engine, tx, roomId, origin);
      return receivePdu(engine, tx, room, verified, { relay: { except: origin } });
    }),
  );
