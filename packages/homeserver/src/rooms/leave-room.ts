/** Leaves a room, declines an invitation, or withdraws a knock. */
import type { RoomId, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { leaveThroughServer } from '../federation/leave-remote-room.ts';
import { forbidden } from '../matrix-error.ts';
import { memberships, remoteMemberships } from '../store/schema.ts';
import { roomById } from './current-state.ts';
import { partingContent } from './member-content.ts';
import { writeOwn } from './write-own.ts';
import { areWeInRoom, isServerInRoom } from './servers-in-room.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

/** Somebody of this server leaves, or declines an invitation. */
export type LeaveRoom = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly reason?: string;
  /** Name and picture do not stay in the room. */
  readonly nameless?: boolean;
};

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

const leaveHere = async (engine: Engine, { roomId, sender, reason, nameless }: LeaveRoom): Promise<void> => {
  await writeOwn(engine, roomId, {
    // "The homeserver SHOULD reject" does not go as far as keeping somebody in a room who wants to leave it, or whose
    // account has ended. https://spec.matrix.org/v1.19/server-server-api/#validating-policy-server-signatures
    evenUnsigned: true,
    plan: async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) throw noSuchRoom(roomId);
      const user_nid = await engine.names.internUser(tx, sender);
      const row = await tx.get(memberships, { room_nid: room.room_nid, user_nid });
      if (row?.membership === 'leave') return undefined;
      if (row === undefined || row.membership === 'ban') throw forbidden(faultOf('not-in-room'));
      const parting = { userId: sender, membership: 'leave', reason } as const;
      const content =
        nameless === true ? { membership: 'leave' } : await partingContent(engine, tx, room, parting);
      return { room, template: { sender, type: 'm.room.member', stateKey: sender, content } };
    },
  });
  // Members are fetched no longer of a room that nobody here is in any more.
  if (!(await areWeInRoom(engine, roomId))) engine.incomplete.wake();
};
