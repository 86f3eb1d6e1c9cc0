/**
 * Joins a room through a server that is in it. What it answers is verified event by event as it arrives and
 * stored in bounded batches; the room becomes visible in one small transaction at the end.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#joining-rooms
 */
import {
  type JsonObject,
  type JsonValue,
  parseServerName,
  parseUserId,
  type RoomId,
  type RoomVersionRules,
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden } from '../matrix-error.ts';
import { type Appended, publishAppended } from '../rooms/append-event.ts';
import { roomById } from '../rooms/current-state.ts';
import { buildState, enterState } from '../rooms/enter-state.ts';
import { receivePdu, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { isUnresolved, transactResolving, type Unresolved } from '../rooms/resolutions.ts';
import { areWeInRoom } from '../rooms/servers-in-room.ts';
import { requirePolicySignature } from '../rooms/write-own.ts';
import { queryHierarchy } from '../spaces/query-hierarchy.ts';
import { forwardExtremities } from '../store/schema.ts';
import { MAX_STATE_BYTES, STATE_TIMEOUT_MS } from './fetch-missing-events.ts';
import { tellLeave } from './leave-remote-room.ts';
import { drainStaged } from './process-staged.ts';
import { forgetIncomplete, forgetUnverified, keepUnverified, noteIncomplete } from './incomplete-states.ts';
import { believeServers, endBelief, noteLeftOut } from './left-out-members.ts';
import { type ReceivedState, receiveRoomState } from './receive-room-state.ts';
import { isUnknownEndpoint, objectOfPair } from './older-endpoints.ts';
import { RemoteJoin } from './remote-joins.ts';
import { badAnswer, draftThrough, throughServers } from './remote-membership.ts';
import { path, type RemoteStream, refusalOf, streamRemote } from './signed-request.ts';
import type { StagedState } from './stage-outliers.ts';
import { verifyPdu } from './verify-pdu.ts';
import { faultOf } from '../refusals.ts';

/** Beyond so many members a server is asked how many there are, so that the rest can be foreseen. */
const ASK_TOTAL_AFTER = 200;

const OMIT_MEMBERS = '?omit_members=true';

export type JoinRemoteRoom = {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly content: JsonObject;
  readonly servers: readonly ServerName[];
};

/**
 * What the room's servers send while we enter is staged, and taken up when we are in. It goes on when whoever
 * asked for it is gone; `cancelRemoteJoin` ends it.
 */
export const joinRemoteRoom = (engine: Engine, input: JoinRemoteRoom): Promise<void> => {
  const { roomId, userId } = input;
  const join = new RemoteJoin(roomId, userId, engine.clock.now());
  return engine.joins
    .run(join, () =>
      throughServers(engine, roomId, input.servers, {
        attempt: (server, timeoutMs) => joinThrough(engine, server, input, join, timeoutMs),
        refused: (server, reason) => {
          join.throwIfCancelled();
          join.refusals.push({ server, reason });
        },
      }),
    )
    .finally(() => void drainStaged(engine, roomId));
};

/** Ends a person's join that is under way; false when there is none, or nothing left to end. */
export const cancelRemoteJoin = (engine: Engine, roomId: string, userId: UserId): boolean =>
  engine.joins.find(roomId, userId)?.cancel() ?? false;

const joinThrough = async (
  engine: Engine,
  server: ServerName,
  input: JoinRemoteRoom,
  join: RemoteJoin,
  timeoutMs: number,
): Promise<void> => {
  const { roomId, userId, content } = input;
  Object.assign(join, { step: 'asking', server, checkedMembers: 0 } satisfies Partial<RemoteJoin>);
  const { signal } = join;
  const wanted = { membership: 'join', roomId, userId, content, signal } as const;
  const { rules, ...ours } = await draftThrough(engine, server, wanted, timeoutMs);
  join.rules = rules;
  // Where we are in the room its members are here already, or on their way.
  const omitMembers = !(await areWeInRoom(engine, roomId));
  const answer = await sendJoin(engine, server, ours, { signal, omitMembers });
  if (answer.kind !== 'ok') throw refusalOf(server, answer);
  try {
    join.step = 'checking';
    const received = await receiveRoomState(engine, {
      server,
      rules,
      roomId,
      body: answer.body,
      stateMember: 'state',
      checked: (event) => countMember(engine, join, server, event),
    });
    const { staged, members, dropped, unverified } = received;
    const leftOut = omitMembers ? leftOutOfAnswer(server, received) : undefined;
    const event = await joinWithTheirSignature(engine, server, rules, ours, members.get('event'));
    join.throwIfCancelled();
    join.step = 'entering';
    if (staged === undefined) {
      const why = dropped === undefined ? '' : `, and other events were left out: ${dropped}`;
      throw badAnswer(server, `the room's create event is missing${why}`);
    }
    // Of a room that we are not in, the policy server is not known.
    const isHere = await areWeInRoom(engine, roomId);
    const signed = isHere ? await requirePolicySignature(engine, roomId, event) : event;
    await keepUnverified(engine, roomId, signed.eventId, unverified);
    const incomplete = unverified.length > 0 || leftOut !== undefined;
    const told = { ...staged, incomplete, leftOut };
    await engine.roomQueue.run(roomId, () => enterRoom(engine, server, signed, told));
    if (incomplete) engine.incomplete.wake();
  } catch (error) {
    await forgetUnverified(engine, roomId, ours.eventId);
    // They think that we are in.
    if (signal.aborted) void tellLeave(engine, server, { roomId, sender: userId });
    throw error;
  }
};

/** Which servers are in the room whose members were left out. Undefined when none were. */
const leftOutOfAnswer = (
  server: ServerName,
  { members, servers }: Pick<ReceivedState, 'members' | 'servers'>,
): readonly ServerName[] | undefined => {
  if (members.get('members_omitted') !== true) return undefined;
  const names = servers.map((name) => (typeof name === 'string' ? parseServerName(name) : undefined));
  const known = names.filter((name) => name !== undefined);
  if (known.length === 0) throw badAnswer(server, 'it leaves members out and names no servers');
  if (known.length < names.length) throw badAnswer(server, 'one of servers_in_room is no server name');
  return known;
};

/**
 * Through the first version of the endpoint where the server does not know the second.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_joinroomideventid
 */
const sendJoin = async (
  engine: Engine,
  destination: ServerName,
  { pdu, eventId }: VerifiedPdu,
  { signal, omitMembers }: { readonly signal: AbortSignal; readonly omitMembers: boolean },
): Promise<RemoteStream> => {
  const request = {
    destination,
    method: 'PUT',
    body: pdu,
    timeoutMs: STATE_TIMEOUT_MS,
    maxBytes: MAX_STATE_BYTES,
    signal,
  } as const;
  const roomId = pdu.room_id ?? '';
  const answer = await streamRemote(engine, {
    ...request,
    path: path`/_matrix/federation/v2/send_join/${roomId}/${eventId}` + (omitMembers ? OMIT_MEMBERS : ''),
  });
  if (!isUnknownEndpoint(answer)) return answer;
  const older = await streamRemote(engine, {
    ...request,
    path: path`/_matrix/federation/v1/send_join/${roomId}/${eventId}`,
  });
  return older.kind === 'ok' ? { kind: 'ok', body: objectOfPair(older.body) } : older;
};

const countMember = (engine: Engine, join: RemoteJoin, server: ServerName, { pdu }: VerifiedPdu): void => {
  join.throwIfCancelled();
  if (pdu.type !== 'm.room.member' || pdu.content['membership'] !== 'join') return;
  join.checkedMembers++;
  if (join.checkedMembers !== ASK_TOTAL_AFTER) return;
  void queryHierarchy(engine, server, join.roomId)
    .then((answer) => {
      if (answer.kind === 'found') join.totalMembers = answer.hierarchy.room.num_joined_members;
    })
    .catch((error: unknown) => engine.log.error('members not counted', error, { room_id: join.roomId }));
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

type EnteredState = StagedState & {
  readonly incomplete: boolean;
  /** The servers in the room, where members were left out. */
  readonly leftOut: readonly ServerName[] | undefined;
};

/** Makes the room visible in one small transaction, after all that can be done before. */
const enterRoom = async (
  engine: Engine,
  server: ServerName,
  join: VerifiedPdu,
  { room, entries, incomplete, leftOut }: EnteredState,
): Promise<void> => {
  const isHere = await areWeInRoom(engine, room.room_id as RoomId);
  // Of the last time that we were in it nothing is to be believed.
  if (!isHere) await engine.store.transact((tx) => forgetIncomplete(engine, tx, room));
  const known = isHere ? await buildState(engine, room, entries) : undefined;
  const changes = isHere ? [] : await enterState(engine, room, entries);
  if (leftOut !== undefined) await believeServers(engine, room.room_nid, [server, ...leftOut]);
  const entering = transactResolving(engine, async (tx): Promise<Appended | Unresolved> => {
    const current = await roomById(tx, room.room_id);
    if (current === undefined) throw new Error('the room vanished during a join');
    const stateBefore =
      known ?? (await engine.states.update(tx, room.room_nid, current.state_root, new Map(changes)));
    // We were not in the room: what we may remember of its ends is out of date.
    if (!isHere) {
      await tx.deleteRange(forwardExtremities, { where: { room_nid: current.room_nid } });
    }
    const verdict = await receivePdu(engine, tx, current, join, {
      stateBefore,
      place: { kind: 'live' },
      checkCurrentState: isHere,
      lacksMembers: leftOut !== undefined,
    });
    if (verdict.kind === 'accepted') {
      const { event } = verdict.appended;
      if (incomplete) await noteIncomplete(engine, tx, event);
      if (leftOut !== undefined) await noteLeftOut(engine, tx, event, server);
      return verdict.appended;
    }
    if (isUnresolved(verdict)) return verdict;
    const reason =
      verdict.kind === 'rejected' || verdict.kind === 'soft-failed' ? verdict.reason : verdict.kind;
    throw forbidden(faultOf('join-not-allowed', { server, why: reason }));
  });
  const appended = await entering.catch(async (error: unknown) => {
    if (!isHere) await engine.store.transact((tx) => endBelief(engine, tx, room.room_nid));
    throw error;
  });
  publishAppended(engine, [appended]);
};
