/** Kick, ban, unban: membership events about somebody else. */
import type { EventId, RoomId, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, notFound } from '../matrix-error.ts';
import { memberships } from '../store/schema.ts';
import { publishAppended } from './append-event.ts';
import { roomById } from './current-state.ts';
import { appendOwn } from './send-event.ts';

export type ModerateMember = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly target: UserId;
  readonly reason?: string;
};

/** Removes a member, or withdraws an invitation. Refuses with M_FORBIDDEN. */
export const kickUser = (engine: Engine, input: ModerateMember): Promise<EventId> =>
  changeMembership(engine, input, 'leave', (membership) =>
    membership === 'join' || membership === 'invite' || membership === 'knock'
      ? undefined
      : `${input.target} is not in this room.`,
  );

export const banUser = (engine: Engine, input: ModerateMember): Promise<EventId> =>
  changeMembership(engine, input, 'ban', () => undefined);

export const unbanUser = (engine: Engine, input: ModerateMember): Promise<EventId> =>
  changeMembership(engine, input, 'leave', (membership) =>
    membership === 'ban' ? undefined : `${input.target} is not banned from this room.`,
  );

const changeMembership = (
  engine: Engine,
  { roomId, sender, target, reason }: ModerateMember,
  membership: 'leave' | 'ban',
  refusal: (membership: string | undefined) => string | undefined,
): Promise<EventId> =>
  engine.roomQueue.run(roomId, async () => {
    const appended = await engine.store.transact(async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) throw notFound(`This server is not in room ${roomId}.`);
      const user_nid = await engine.names.internUser(tx, target);
      const row = await tx.get(memberships, { room_nid: room.room_nid, user_nid });
      const refused = refusal(row?.membership);
      if (refused !== undefined) throw forbidden(refused);
      const content = { membership, ...(reason === undefined ? {} : { reason }) };
      return appendOwn(engine, tx, room, { sender, type: 'm.room.member', stateKey: target, content });
    });
    publishAppended(engine, [appended]);
    return appended.event.eventId;
  });
