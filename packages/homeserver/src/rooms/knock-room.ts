/** Asks to be let into a room. @see https://spec.matrix.org/v1.19/client-server-api/#knocking-on-rooms */
import type { JsonObject, RoomId, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { knockThroughServers } from '../federation/knock-remote-room.ts';
import { forbidden, notFound } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { memberships } from '../store/schema.ts';
import { publishAppended } from './append-event.ts';
import { roomById } from './current-state.ts';
import { findRoom } from './join-room.ts';
import { memberContent } from './member-content.ts';
import { appendOwn } from './send-event.ts';
import { areWeInRoom, otherServers } from './servers-in-room.ts';

export type KnockRoom = {
  readonly userId: UserId;
  readonly roomIdOrAlias: string;
  readonly via?: readonly string[];
  readonly reason?: string;
};

/** Refuses with M_FORBIDDEN (rules or policy), M_NOT_FOUND, CAUSEWAY_UNREACHABLE. */
export const knockRoom = async (engine: Engine, input: KnockRoom): Promise<RoomId> => {
  const { roomId, servers } = await findRoom(engine, input);
  const here = await areWeInRoom(engine, roomId);
  const others = here ? await outsidersIn(engine, roomId) : true;
  if (others) {
    const answer = await engine.policy.ask({ kind: 'join-outside', user: input.userId, roomId });
    if (!answer.allowed) throw forbidden(answer.reason);
  }
  const content = await memberContent(engine, input.userId, 'knock', optional('reason', input.reason));
  if (here) await knockHere(engine, roomId, input.userId, content);
  else {
    const via = servers.filter((server) => server !== engine.serverName);
    await knockThroughServers(engine, { roomId, userId: input.userId, content, servers: via });
  }
  return roomId;
};

const outsidersIn = (engine: Engine, roomId: RoomId): Promise<boolean> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room !== undefined && (await otherServers(engine, reader, room.room_nid)).length > 0;
  });

const knockHere = (engine: Engine, roomId: RoomId, userId: UserId, content: JsonObject): Promise<void> =>
  engine.roomQueue.run(roomId, async () => {
    const appended = await engine.store.transact(async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) throw notFound(`This server is not in room ${roomId}.`);
      const user_nid = await engine.names.internUser(tx, userId);
      const row = await tx.get(memberships, { room_nid: room.room_nid, user_nid });
      if (row?.membership === 'knock') return undefined;
      return appendOwn(engine, tx, room, {
        sender: userId,
        type: 'm.room.member',
        stateKey: userId,
        content,
      });
    });
    if (appended !== undefined) publishAppended(engine, [appended]);
  });
