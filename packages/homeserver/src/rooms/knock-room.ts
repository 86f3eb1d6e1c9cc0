/** Asks to be let into a room. @see https://spec.matrix.org/v1.19/client-server-api/#knocking-on-rooms */
import type { JsonObject, RoomId, ServerName, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { knockThroughServers } from '../federation/knock-remote-room.ts';
import { refusedByPolicy } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { memberships } from '../store/schema.ts';
import { requireUnblocked } from './blocked-rooms.ts';
import { roomById } from './current-state.ts';
import { findRoom, requireLeaveToResolve } from './join-room.ts';
import { memberContent } from './member-content.ts';
import { writeOwn } from './write-own.ts';
import { areWeInRoom, otherServers } from './servers-in-room.ts';
import { noSuchRoom } from '../refusals.ts';

/** Somebody of this server asks to be let in. `via`: servers to ask through, in this order. */
export type KnockRoom = {
  readonly userId: UserId;
  readonly roomIdOrAlias: string;
  readonly via?: readonly string[];
  readonly reason?: string;
};

/** Refuses with M_FORBIDDEN (rules or policy), M_NOT_FOUND, CAUSEWAY_UNREACHABLE. */
export const knockRoom = async (engine: Engine, input: KnockRoom): Promise<RoomId> => {
  await requireLeaveToResolve(engine, input, true);
  const { roomId, servers } = await findRoom(engine, input);
  await requireUnblocked(engine, roomId);
  const here = await areWeInRoom(engine, roomId);
  const others = here ? await outsidersIn(engine, roomId) : [];
  const found = servers.filter((server) => server !== engine.serverName);
  let via: readonly ServerName[] = found;
  if (!here || others.length > 0) {
    const answer = await engine.policy.ask({
      kind: 'join-outside',
      user: input.userId,
      roomId,
      here,
      servers: here ? others : found,
      knocking: true,
      ...optional('reason', input.reason),
    });
    if (!answer.allowed) throw refusedByPolicy(answer);
    via = answer.through ?? found;
  }
  const content = await memberContent(engine, input.userId, 'knock', optional('reason', input.reason));
  if (here) await knockHere(engine, roomId, input.userId, content);
  else await knockThroughServers(engine, { roomId, userId: input.userId, content, servers: via });
  return roomId;
};

const outsidersIn = (engine: Engine, roomId: RoomId): Promise<readonly ServerName[]> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room === undefined ? [] : otherServers(engine, reader, room.room_nid);
  });

const knockHere = async (
  engine: Engine,
  roomId: RoomId,
  userId: UserId,
  content: JsonObject,
): Promise<void> => {
  await writeOwn(engine, roomId, {
    plan: async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) throw noSuchRoom(roomId);
      const user_nid = await engine.names.internUser(tx, userId);
      const row = await tx.get(memberships, { room_nid: room.room_nid, user_nid });
      if (row?.membership === 'knock') return undefined;
      return { room, template: { sender: userId, type: 'm.room.member', stateKey: userId, content } };
    },
  });
};
