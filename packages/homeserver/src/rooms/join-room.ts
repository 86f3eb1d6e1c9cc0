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
import { forbidden, invalidParam, MatrixError } from '../matrix-error.ts';
import { memberships, type RoomRow, remoteMemberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { carrySettings } from '../upgrading/carry-settings.ts';
import { resolveAlias } from './aliases.ts';
import { publishAppended } from './append-event.ts';
import { roomById, rulesOf, stateEvent } from './current-state.ts';
import { memberContent } from './member-content.ts';
import { appendOwn } from './send-event.ts';
import { isServerInRoom, otherServers } from './servers-in-room.ts';

export type JoinRoom = {
  readonly userId: UserId;
  readonly roomIdOrAlias: string;
  readonly via?: readonly string[];
  readonly reason?: string;
  readonly signal?: AbortSignal;
};

/**
 * Refuses with M_FORBIDDEN (rules or policy), M_NOT_FOUND for an unknown alias, CAUSEWAY_UNREACHABLE with
 * the reason of every server that was tried.
 */
export const joinRoom = async (engine: Engine, input: JoinRoom): Promise<RoomId> => {
  const { roomId, servers } = await findRoom(engine, input);
  const here = await engine.store.read((reader) => locate(engine, reader, roomId, input.userId));
  if (here.membership === 'join') return roomId;
  if (here.membership === 'ban') throw forbidden('You are banned from this room.');
  if (here.federated) {
    const answer = await engine.policy.ask({ kind: 'join-outside', user: input.userId, roomId });
    if (!answer.allowed) throw forbidden(answer.reason);
  }
  const content = await memberContent(
    engine,
    input.userId,
    'join',
    input.reason === undefined ? {} : { reason: input.reason },
  );
  if (here.room !== undefined) {
    const authorisedBy = await engine.store.read((reader) =>
      restrictedJoin(engine, reader, roomId, input.userId),
    );
    if (authorisedBy !== 'ask-others') {
      await joinHere(engine, roomId, input.userId, { ...content, ...authorisedBy });
      await carrySettings(engine, input.userId, roomId);
      return roomId;
    }
  }
  const via = [...new Set([...servers, ...here.via])].filter((server) => server !== engine.serverName);
  await joinRemoteRoom(engine, {
    roomId,
    userId: input.userId,
    content,
    servers: via,
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  });
  await carrySettings(engine, input.userId, roomId);
  return roomId;
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
  if (alias === undefined) throw invalidParam(`${roomIdOrAlias} is neither a room ID nor a room alias.`);
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

const joinHere = (engine: Engine, roomId: RoomId, userId: UserId, content: JsonObject): Promise<void> =>
  engine.roomQueue.run(roomId, async () => {
    const appended = await engine.store.transact(async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) throw forbidden('This server is not in this room any more.');
      return appendOwn(engine, tx, room, {
        sender: userId,
        type: 'm.room.member',
        stateKey: userId,
        content,
      });
    });
    publishAppended(engine, [appended]);
  });

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
    throw new MatrixError('M_FORBIDDEN', 'You are not in any of the rooms whose members may join this one.');
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
