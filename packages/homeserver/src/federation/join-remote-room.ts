/**
 * Joins a room through a server that is in it. What it answers is verified event by event and stored in
 * bounded batches; the room becomes visible in one small transaction at the end.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
 */
import {
  type EventId,
  isJsonArray,
  type JsonObject,
  type JsonValue,
  parseUserId,
  type RoomId,
  type RoomVersionRules,
  roomIdOf,
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden } from '../matrix-error.ts';
import { type Appended, insertRoom, publishAppended } from '../rooms/append-event.ts';
import { roomById } from '../rooms/current-state.ts';
import { receiveOutlier, receivePdu, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { forwardExtremities, type RoomRow, rooms } from '../store/schema.ts';
import { stateOf, storeOutliers } from './fetch-missing-events.ts';
import { drainStaged } from './process-staged.ts';
import { badAnswer, draftThrough, throughServers } from './remote-membership.ts';
import { bodyOrThrow, path, requestRemote } from './signed-request.ts';
import { verifyPdu, verifyPdus } from './verify-pdu.ts';

const SEND_JOIN_TIMEOUT_MS = 120_000;
const MAX_SEND_JOIN_BYTES = 256 * 1024 * 1024;

export type JoinRemoteRoom = {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: JsonObject;
  readonly servers: readonly ServerName[];
  readonly signal?: AbortSignal;
};

/** What the room's servers send while we enter is staged, and taken up when we are in. */
export const joinRemoteRoom = async (engine: Engine, input: JoinRemoteRoom): Promise<void> => {
  const { roomId } = input;
  try {
    await throughServers(engine, roomId, input.servers, (server, timeoutMs) =>
      joinThrough(engine, server, input, timeoutMs),
    );
  } finally {
    engine.joining.delete(roomId);
    void drainStaged(engine, roomId);
  }
};

const joinThrough = async (
  engine: Engine,
  server: ServerName,
  input: JoinRemoteRoom,
  timeoutMs: number,
): Promise<void> => {
  const { rules, ...ours } = await draftThrough(engine, server, { ...input, membership: 'join' }, timeoutMs);
  engine.joining.set(input.roomId, rules);
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'PUT',
    path: path`/_matrix/federation/v2/send_join/${input.roomId}/${ours.eventId}`,
    body: ours.pdu,
    timeoutMs: SEND_JOIN_TIMEOUT_MS,
    maxBytes: MAX_SEND_JOIN_BYTES,
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  });
  const body = bodyOrThrow(server, answer);
  const join = await joinWithTheirSignature(engine, server, rules, ours, body['event']);
  const state = await verifyPdus(engine, rules, arrayOf(body['state']), server);
  const authChain = await verifyPdus(engine, rules, arrayOf(body['auth_chain']), server);
  await engine.roomQueue.run(input.roomId, () =>
    enterRoom(engine, server, rules, input.roomId, { join, state, authChain }),
  );
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

const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] => (isJsonArray(value) ? value : []);
