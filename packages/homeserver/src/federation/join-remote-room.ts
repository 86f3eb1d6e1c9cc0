/**
 * Joins a room through a server that is in it. From what make_join answers only the room version, the
 * parents, the auth events, the depth and, for restricted rooms, the authorising user are taken; the rest of
 * the event is ours, so that nobody gets something else signed. Servers are tried in turn.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
 */
import {
  type EventId,
  getRoomVersion,
  hashAndSignEvent,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  KNOWN_ROOM_VERSIONS,
  parseUserId,
  type RoomId,
  type RoomVersionRules,
  roomIdOf,
  type ServerName,
  serverNameOf,
  type UnsignedPdu,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, MatrixError, unreachable } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { type Appended, insertRoom, publishAppended } from '../rooms/append-event.ts';
import { roomById } from '../rooms/current-state.ts';
import { receiveOutlier, receivePdu, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { forwardExtremities, type RoomRow, rooms } from '../store/schema.ts';
import { stateOf, storeOutliers } from './fetch-missing-events.ts';
import { bodyOrThrow, path, type RemoteAnswer, requestRemote } from './signed-request.ts';
import { verifyPdu, verifyPdus } from './verify-pdu.ts';

/** Servers tried before a join fails. */
const MAX_SERVERS = 5;
/** A person waits at most so long for all make_join answers together. */
const MAKE_JOIN_BUDGET_MS = 12_000;
const SEND_JOIN_TIMEOUT_MS = 120_000;
const MAX_SEND_JOIN_BYTES = 256 * 1024 * 1024;

export type JoinRemoteRoom = {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: JsonObject;
  readonly servers: readonly ServerName[];
  readonly signal?: AbortSignal;
};

export const joinRemoteRoom = async (engine: Engine, input: JoinRemoteRoom): Promise<void> => {
  if (input.servers.length === 0) {
    throw new MatrixError('M_NOT_FOUND', `No server is known that is in room ${input.roomId}.`);
  }
  const reasons: string[] = [];
  let refusal: MatrixError | undefined;
  const deadline = engine.clock.now() + MAKE_JOIN_BUDGET_MS;
  for (const server of input.servers.slice(0, MAX_SERVERS)) {
    const left = deadline - engine.clock.now();
    if (left <= 0) break;
    try {
      await joinThrough(engine, server, input, left);
      return;
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      engine.log.info('join refused', { server, room_id: input.roomId, reason: error.message });
      reasons.push(error.message);
      if (error.errcode !== 'CAUSEWAY_UNREACHABLE') refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
  throw unreachable(`The room could not be joined. ${reasons.join(' ')}`);
};

const joinThrough = async (
  engine: Engine,
  server: ServerName,
  input: JoinRemoteRoom,
  timeoutMs: number,
): Promise<void> => {
  const { rules, template } = await makeJoin(engine, server, input, timeoutMs);
  const { pdu, eventId } = hashAndSignEvent(
    rules,
    buildJoin(engine, rules, input, template),
    engine.serverName,
    engine.signingKey,
  );
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'PUT',
    path: path`/_matrix/federation/v2/send_join/${input.roomId}/${eventId}`,
    body: pdu,
    timeoutMs: SEND_JOIN_TIMEOUT_MS,
    maxBytes: MAX_SEND_JOIN_BYTES,
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  });
  const body = bodyOrThrow(server, answer);
  const join = await joinWithTheirSignature(engine, server, rules, { pdu, eventId }, body['event']);
  const state = await verifyPdus(engine, rules, arrayOf(body['state']), server);
  const authChain = await verifyPdus(engine, rules, arrayOf(body['auth_chain']), server);
  await engine.roomQueue.run(input.roomId, () =>
    enterRoom(engine, server, rules, input.roomId, { join, state, authChain }),
  );
};

const makeJoin = async (
  engine: Engine,
  server: ServerName,
  { roomId, userId, signal }: JoinRemoteRoom,
  timeoutMs: number,
): Promise<{ readonly rules: RoomVersionRules; readonly template: JsonObject }> => {
  const versions = KNOWN_ROOM_VERSIONS.map((version) => `ver=${encodeURIComponent(version)}`).join('&');
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: `${path`/_matrix/federation/v1/make_join/${roomId}/${userId}`}?${versions}`,
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  const body = bodyOrThrow(server, withVersionExplained(server, answer));
  const version = body['room_version'] ?? '1';
  const rules = typeof version === 'string' ? getRoomVersion(version) : undefined;
  if (rules === undefined) {
    throw new MatrixError(
      'M_UNSUPPORTED_ROOM_VERSION',
      `The room has version ${String(version)}, which this server does not know.`,
    );
  }
  const template = body['event'];
  if (!isJsonObject(template)) throw badAnswer(server, 'it has no event');
  // "The caller MUST check": that it is about this join and nothing else.
  const content = template['content'];
  const membership = isJsonObject(content) ? content['membership'] : undefined;
  const isOurJoin =
    template['type'] === 'm.room.member' &&
    template['sender'] === userId &&
    template['state_key'] === userId &&
    template['room_id'] === roomId &&
    membership === 'join';
  if (!isOurJoin) throw badAnswer(server, 'it is not the join that was asked for');
  return { rules, template };
};

const withVersionExplained = (server: ServerName, answer: RemoteAnswer): RemoteAnswer => {
  if (answer.kind !== 'refused' || answer.errcode !== 'M_INCOMPATIBLE_ROOM_VERSION') return answer;
  const version = String(answer.body['room_version'] ?? 'unknown');
  return {
    ...answer,
    error: `The room on ${server} has version ${version}, which this server does not know.`,
  };
};

const buildJoin = (
  engine: Engine,
  rules: RoomVersionRules,
  { roomId, userId, content }: JoinRemoteRoom,
  template: JsonObject,
): UnsignedPdu => {
  const depth = template['depth'];
  const validDepth = typeof depth === 'number' && Number.isSafeInteger(depth) && depth >= 0;
  const theirs = isJsonObject(template['content']) ? template['content'] : {};
  const authorising = theirs['join_authorised_via_users_server'];
  const vouched =
    rules.restrictedJoins && typeof authorising === 'string' && parseUserId(authorising) !== undefined;
  return {
    type: 'm.room.member',
    room_id: roomId,
    sender: userId,
    state_key: userId,
    content: {
      ...content,
      ...optional('join_authorised_via_users_server', vouched ? authorising : undefined),
    },
    depth: validDepth ? depth : 1,
    origin_server_ts: engine.clock.now(),
    prev_events: eventIdsOf(template['prev_events']),
    auth_events: eventIdsOf(template['auth_events']),
  };
};

/** For restricted rooms the answer holds our event with the resident server's signature added. */
const joinWithTheirSignature = async (
  engine: Engine,
  server: ServerName,
  rules: RoomVersionRules,
  ours: VerifiedPdu,
  answered: JsonValue | undefined,
): Promise<VerifiedPdu> => {
  const authorising = ours.pdu.content['join_authorised_via_users_server'];
  if (typeof authorising !== 'string') return ours;
  const vouching = parseUserId(authorising);
  const verified = answered === undefined ? undefined : await verifyPdu(engine, rules, answered);
  if (verified?.ok !== true || verified.eventId !== ours.eventId || vouching === undefined) {
    throw badAnswer(server, 'the join is not signed by the server that vouches for it');
  }
  const theirs = verified.pdu.signatures[serverNameOf(vouching)];
  if (theirs === undefined) throw badAnswer(server, 'the vouching signature is missing');
  return {
    ...ours,
    pdu: { ...ours.pdu, signatures: { ...ours.pdu.signatures, [serverNameOf(vouching)]: theirs } },
  };
};

type JoinAnswer = {
  readonly join: VerifiedPdu;
  readonly state: readonly VerifiedPdu[];
  readonly authChain: readonly VerifiedPdu[];
};

/** Stores what came in bounded batches, then makes the room visible in one small transaction. */
const enterRoom = async (
  engine: Engine,
  server: ServerName,
  rules: RoomVersionRules,
  roomId: RoomId,
  { join, state, authChain }: JoinAnswer,
): Promise<void> => {
  const create = [...state, ...authChain].find(
    ({ pdu }) => pdu.type === 'm.room.create' && pdu.state_key === '' && roomIdOf(rules, pdu) === roomId,
  );
  if (create === undefined) throw badAnswer(server, "the room's create event is missing");
  const sameRoom = ({ pdu }: VerifiedPdu) => roomIdOf(rules, pdu) === roomId;
  const room = await roomWithCreateEvent(engine, rules, roomId, create);
  await storeOutliers(engine, room, [...authChain, ...state].filter(sameRoom));
  const stateIds = state.filter(sameRoom).map((event) => event.eventId);
  const stateBefore = await stateOf(engine, room, await storedOnly(engine, stateIds));
  if (stateBefore === undefined) throw badAnswer(server, 'its state can not be stored');
  const appended = await engine.store.transact(async (tx): Promise<Appended> => {
    const current = await roomById(tx, roomId);
    if (current === undefined) throw new Error('the room vanished during a join');
    // We were not in the room: what we may remember of its ends is out of date.
    await tx.deleteRange(forwardExtremities, { where: { room_nid: current.room_nid } });
    const verdict = await receivePdu(engine, tx, current, join, {
      stateBefore,
      place: { kind: 'live' },
      checkCurrentState: false,
    });
    if (verdict.kind === 'accepted') return verdict.appended;
    const reason =
      verdict.kind === 'rejected' || verdict.kind === 'soft-failed' ? verdict.reason : verdict.kind;
    throw forbidden(`${server} let us in, but the join is not allowed by the room it describes: ${reason}`);
  });
  publishAppended(engine, [appended]);
};

const roomWithCreateEvent = (
  engine: Engine,
  rules: RoomVersionRules,
  roomId: RoomId,
  create: VerifiedPdu,
): Promise<RoomRow> =>
  engine.store.transact(async (tx) => {
    const known = await roomById(tx, roomId);
    if (known !== undefined) return known;
    const room = await insertRoom(engine, tx, { roomId, version: rules.id, create: create.pdu });
    const stored = await receiveOutlier(engine, tx, room, create);
    if (stored.kind !== 'stored' || stored.event.verdict === 'rejected') {
      throw forbidden("The room's create event is not valid.");
    }
    const create_event_nid = stored.event.eventNid;
    await tx.update(rooms, { room_nid: room.room_nid }, { create_event_nid });
    return { ...room, create_event_nid };
  });

/** Events whose auth events were not given are not stored, and so are not part of the state. */
const storedOnly = (engine: Engine, eventIds: readonly EventId[]): Promise<readonly EventId[]> =>
  engine.store.read(async (reader) => {
    const stored: EventId[] = [];
    for (const id of eventIds) if ((await engine.events.byId(reader, id)) !== undefined) stored.push(id);
    return stored;
  });

const badAnswer = (server: ServerName, what: string) =>
  new MatrixError('CAUSEWAY_BAD_ANSWER', `The answer of ${server} can't be used: ${what}.`);

const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] => (isJsonArray(value) ? value : []);

const eventIdsOf = (value: JsonValue | undefined): readonly EventId[] =>
  arrayOf(value).filter((id): id is EventId => typeof id === 'string' && id.startsWith('$'));
