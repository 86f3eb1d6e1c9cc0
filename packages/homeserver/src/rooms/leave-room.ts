/** Leaves a room, declines an invitation, or withdraws a knock. */
import type { RoomId, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { leaveThroughServer } from '../federation/leave-remote-room.ts';
import { forbidden, notFound } from '../matrix-error.ts';
import { memberships, remoteMemberships } from '../store/schema.ts';
import { publishAppended } from './append-event.ts';
import { roomById } from './current-state.ts';
import { appendOwn } from './send-event.ts';
import { isServerInRoom } from './servers-in-room.ts';

export type LeaveRoom = { readonly roomId: RoomId; readonly sender: UserId; readonly reason?: string };

/** Refuses with M_NOT_FOUND or M_FORBIDDEN when there is nothing to leave. Declining works offline too. */
export const leaveRoom = async (engine: Engine, input: LeaveRoom): Promise<void> => {
  const { roomId, sender } = input;
  const remote = await engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, sender);
    if (user_nid === undefined) return undefined;
    const room = await roomById(reader, roomId);
    const here = room && (await isServerInRoom(engine, reader, room.room_nid, engine.serverName));
    return here ? undefined : reader.get(remoteMemberships, { user_nid, room_id: roomId });
  });
  if (remote === undefined) return leaveHere(engine, input);
  if (remote.membership !== 'leave') await leaveThroughServer(engine, remote, input);
};

const leaveHere = (engine: Engine, { roomId, sender, reason }: LeaveRoom): Promise<void> =>
  engine.roomQueue.run(roomId, async () => {
    const appended = await engine.store.transact(async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) throw notFound(`This server is not in room ${roomId}.`);
      const user_nid = await engine.names.internUser(tx, sender);
      const row = await tx.get(memberships, { room_nid: room.room_nid, user_nid });
      if (row?.membership === 'leave') return undefined;
      if (row === undefined || row.membership === 'ban') throw forbidden('You are not in this room.');
      const content = { membership: 'leave', ...(reason === undefined ? {} : { reason }) };
      return appendOwn(engine, tx, room, { sender, type: 'm.room.member', stateKey: sender, content });
    });
    if (appended !== undefined) publishAppended(engine, [appended]);
  });
