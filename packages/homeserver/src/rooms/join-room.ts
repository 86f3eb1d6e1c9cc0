/** Joins a room: here when this server is in it, through another server otherwise. */
import {
  actionPowerLevel,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  parseRoomAlias,
  parseRoomId,
  parseServerName,
  powerLevelOf,
  type RoomId,
  type ServerName,
  type UserId,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { joinRemoteRoom } from '../federation/join-remote-room.ts';
import { lacksMembers } from '../federation/left-out-members.ts';
import { forbidden, invalidParam, MatrixError, refusedByPolicy } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { waitForMembers } from '../reading/wait-for-members.ts';
import { memberships, type RoomRow, remoteMemberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { carrySettings } from '../upgrading/carry-settings.ts';
import { resolveAlias } from './aliases.ts';
import { requireUnblocked } from './blocked-rooms.ts';
import { roomById, rulesOf, stateEvent } from './current-state.ts';
import { leaveRoom } from './leave-room.ts';
import { memberContent } from './member-content.ts';
import { requireKindBefore, requireKindHere } from './room-kind.ts';
import { writeOwn } from './write-own.ts';
import { isServerInRoom, otherServers } from './servers-in-room.ts';
import { requireVoice } from './speak-outside.ts';
import { faultOf } from '../refusals.ts';

/** Members who come within so long after a join are there when it is answered: nearly all rooms are small. */
const SETTLING_MS = 1_500;

/** Somebody of this server joins. `via`: servers to join through, in this order. */
export type JoinRoom = {
  readonly userId: UserId;
  readonly roomIdOrAlias: string;
  readonly via?: readonly string[];
  readonly reason?: string;
};

/**
 * Refuses with M_FORBIDDEN (rules or policy), M_NOT_FOUND for an unknown alias, CAUSEWAY_UNREACHABLE with
 * the reason of every server that was tried.
 */
export const joinRoom = async (engine: Engine, input: JoinRoom): Promise<RoomId> => {
  await requireLeaveToResolve(engine, input, false);
  const { roomId, servers } = await findRoom(engine, input);
  await requireUnblocked(engine, roomId);
  const here = await engine.store.read((reader) => locate(engine, reader, roomId, input.userId));
  if (here.membership === 'join') return roomId;
  if (here.membership === 'ban') throw forbidden(faultOf('banned'));
  const found = [...new Set([...servers, ...here.via])].filter((server) => server !== engine.serverName);
  const via = here.federated ? await permittedServers(engine, input, roomId, here, found) : found;
  const invited = here.membership === 'invite';
  if (here.room !== undefined) await requireKindHere(engine, input.userId, roomId, invited);
  const content = await memberContent(
    engine,
    input.userId,
    'join',
    input.reason === undefined ? {} : { reason: input.reason },
  );
  if (here.room !== undefined && (await hasJoinedHere(engine, here.room, input.userId, content))) {
    await carrySettings(engine, input.userId, roomId);
    return roomId;
  }
  await requireKindBefore(engine, input.userId, roomId, via);
  await joinRemoteRoom(engine, {
    roomId,
    userId: input.userId,
    content,
    servers: via,
  });
  const room = await engine.store.read((reader) => roomById(reader, roomId));
  if (room !== undefined) await waitForMembers(engine, room.room_nid, SETTLING_MS);
  try {
    await requireKindHere(engine, input.userId, roomId, invited || here.invitedFrom !== undefined);
    // Only now it is known who else is in it.
    await requireVoice(engine, input.userId, roomId);
  } catch (error) {
    await leaveRoom(engine, { roomId, sender: input.userId });
    throw error;
  }
  await carrySettings(engine, input.userId, roomId);
  return roomId;
};

/** The servers that the room may be reached through. @throws M_FORBIDDEN, CAUSEWAY_AWAITS_APPROVAL */
const permittedServers = async (
  engine: Engine,
  { userId, reason }: JoinRoom,
  roomId: RoomId,
  here: { readonly room: RoomRow | undefined; readonly others: readonly ServerName[] },
  found: readonly ServerName[],
): Promise<readonly ServerName[]> => {
  const answer = await engine.policy.ask({
    kind: 'join-outside',
    user: userId,
    roomId,
    here: here.room !== undefined,
    servers: here.room === undefined ? found : here.others,
    ...optional('reason', reason),
  });
  if (!answer.allowed) throw refusedByPolicy(answer);
  return here.room === undefined ? (answer.through ?? found) : found;
};

/**
 * Who may not take part does not ask other servers for their aliases either.
 *
 * @throws M_FORBIDDEN, CAUSEWAY_AWAITS_APPROVAL
 */
export const requireLeaveToResolve = async (
  engine: Engine,
  { userId, roomIdOrAlias, reason }: JoinRoom,
  knocking: boolean,
): Promise<void> => {
  const alias = parseRoomAlias(roomIdOrAlias);
  const server = alias === undefined ? undefined : parseServerName(alias.slice(alias.indexOf(':') + 1));
  if (alias === undefined || server === undefined || server === engine.serverName) return;
  const answer = await engine.policy.ask({
    kind: 'join-outside',
    user: userId,
    alias,
    here: false,
    servers: [server],
    ...(knocking ? { knocking } : {}),
    ...optional('reason', reason),
  });
  if (!answer.allowed) throw refusedByPolicy(answer);
};

/** The room of an ID or alias, and servers through which it may be reached. */
export const findRoom = async (
  engine: Engine,
  { roomIdOrAlias, via = [] }: Pick<JoinRoom, 'roomIdOrAlias' | 'via'>,
): Promise<{ readonly roomId: RoomId; readonly servers: readonly ServerName[] }> => {
  const given = via.flatMap((name) => parseServerName(name) ?? []);
  const roomId = parseRoomId(roomIdOrAlias);
  if (roomId !== undefined) return { roomId, servers: given };
  const alias = parseRoomAlias(roomIdOrAlias);
  if (alias === undefined) throw invalidParam(faultOf('room-name', { name: roomIdOrAlias }));
  const resolved = await resolveAlias(engine, alias);
  return { roomId: resolved.roomId, servers: [...given, ...resolved.servers] };
};

const locate = async (engine: Engine, reader: StoreReader, roomId: RoomId, userId: UserId) => {
  const user_nid = await engine.names.userNid(reader, userId);
  const room = await roomById(reader, roomId);
  const here = room !== undefined && (await isServerInRoom(engine, reader, room.room_nid, engine.serverName));
  const invite =
    user_nid === undefined ? undefined : await reader.get(remoteMemberships, { user_nid, room_id: roomId });
  const reachedThrough = parseServerName(invite?.server ?? '');
  const others = here ? await otherServers(engine, reader, room.room_nid) : [];
  const membership =
    here && user_nid !== undefined
      ? (await reader.get(memberships, { room_nid: room.room_nid, user_nid }))?.membership
      : undefined;
  const localInviter = here && (await invitedByOutsider(engine, reader, room, userId));
  return {
    room: here ? room : undefined,
    membership,
    /** Joining touches other organisations: the room is elsewhere, shared, or an outsider invited. */
    federated: !here || others.length > 0 || localInviter,
    /** Those in the room, where it is here. */
    others,
    invitedFrom: invite?.membership === 'invite' ? reachedThrough : undefined,
    via: reachedThrough === undefined ? others : [reachedThrough, ...others],
  };
};

const invitedByOutsider = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  userId: UserId,
): Promise<boolean> => {
  const event = await stateEvent(engine, reader, room, 'm.room.member', userId);
  return event?.pdu.content['membership'] === 'invite' && !isLocal(engine, event.pdu.sender);
};

/** Joins; false when another server has to let them in. @throws M_FORBIDDEN */
const hasJoinedHere = async (
  engine: Engine,
  { room_id, room_nid }: RoomRow,
  userId: UserId,
  content: JsonObject,
): Promise<boolean> => {
  const roomId = room_id as RoomId;
  try {
    const authorisedBy = await engine.store.read((reader) => restrictedJoin(engine, reader, roomId, userId));
    if (authorisedBy === 'ask-others') return false;
    await joinHere(engine, roomId, userId, { ...content, ...authorisedBy });
    return true;
  } catch (error) {
    if (!(error instanceof MatrixError) || error.errcode !== 'M_FORBIDDEN') throw error;
    // Their invitation may be among what is not here yet.
    if (await engine.store.read((reader) => lacksMembers(reader, room_nid))) return false;
    throw error;
  }
};

const joinHere = async (
  engine: Engine,
  roomId: RoomId,
  userId: UserId,
  content: JsonObject,
): Promise<void> => {
  await writeOwn(engine, roomId, {
    plan: async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) throw forbidden(faultOf('room-not-here', { room: roomId }));
      return { room, template: { sender: userId, type: 'm.room.member', stateKey: userId, content } };
    },
  });
};

/**
 * What a join by a restricted rule needs: a member of ours who could invite. `ask-others` when there is
 * none here, so that another server has to let the user in.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#restricted-rooms
 */
export const restrictedJoin = async (
  engine: Engine,
  reader: StoreReader,
  roomId: RoomId,
  userId: UserId,
): Promise<{ readonly join_authorised_via_users_server?: UserId } | 'ask-others'> => {
  const room = await roomById(reader, roomId);
  const rules = room && rulesOf(room);
  const joinRules = room && (await stateEvent(engine, reader, room, 'm.room.join_rules', ''))?.pdu.content;
  const rule = joinRules?.['join_rule'];
  if (room === undefined || (rule !== 'restricted' && rule !== 'knock_restricted')) return {};
  const member = await stateEvent(engine, reader, room, 'm.room.member', userId);
  const membership = member?.pdu.content['membership'];
  if (membership === 'join' || membership === 'invite') return {};
  const allow = joinRules?.['allow'];
  if (!(await isMemberOfAny(engine, reader, isJsonArray(allow) ? allow : [], userId))) {
    throw forbidden(faultOf('restricted'));
  }
  const levels = (await stateEvent(engine, reader, room, 'm.room.power_levels', ''))?.pdu;
  const create = await engine.events.byNid(reader, room.create_event_nid);
  const locals = await reader.scan(memberships, {
    index: 'by_membership',
    where: { room_nid: room.room_nid, membership: 'join', local: 1 },
  });
  for (const { user_nid } of locals) {
    const user = await engine.names.userId(reader, user_nid);
    const level = rules ? powerLevelOf(rules, create.pdu, levels, user) : 0;
    if (rules && level >= actionPowerLevel(rules, levels, 'invite')) {
      return { join_authorised_via_users_server: user };
    }
  }
  return 'ask-others';
};

const isMemberOfAny = async (
  engine: Engine,
  reader: StoreReader,
  allow: readonly JsonObject[string][],
  userId: UserId,
): Promise<boolean> => {
  for (const condition of allow) {
    if (!isJsonObject(condition) || condition['type'] !== 'm.room_membership') continue;
    const room = await roomById(reader, String(condition['room_id']));
    const member = room && (await stateEvent(engine, reader, room, 'm.room.member', userId));
    if (member?.pdu.content['membership'] === 'join') return true;
  }
  return false;
};
