/** Kick, ban, unban: membership events about somebody else. */
import type { EventId, RoomId, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { Fault } from '../faults.ts';
import { forbidden } from '../matrix-error.ts';
import { waitForMember } from '../reading/wait-for-members.ts';
import { memberships } from '../store/schema.ts';
import { roomById } from './current-state.ts';
import { partingContent } from './member-content.ts';
import { writeOwn } from './write-own.ts';
import { requireVoice } from './speak-outside.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

/** What `sender`, who is of this server, does to the membership of `target`. */
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
      : faultOf('member-not-here', { person: input.target }),
  );

/**
 * Bans somebody, who need not be in the room. Resolves when the event is durable.
 *
 * @throws M_NOT_FOUND, M_FORBIDDEN
 */
export const banUser = (engine: Engine, input: ModerateMember): Promise<EventId> =>
  changeMembership(engine, input, 'ban', () => undefined);

/**
 * Ends a ban; who was banned is then outside. Resolves when the event is durable.
 *
 * @throws M_NOT_FOUND, M_FORBIDDEN, also for somebody who is not banned
 */
export const unbanUser = (engine: Engine, input: ModerateMember): Promise<EventId> =>
  changeMembership(engine, input, 'leave', (membership) =>
    membership === 'ban' ? undefined : faultOf('member-not-banned', { person: input.target }),
  );

const changeMembership = async (
  engine: Engine,
  { roomId, sender, target, reason }: ModerateMember,
  membership: 'leave' | 'ban',
  refuse: (membership: string | undefined) => Fault | undefined,
): Promise<EventId> => {
  await requireVoice(engine, sender, roomId);
  await waitForMember(engine, roomId, target);
  const appended = await writeOwn(engine, roomId, {
    plan: async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) throw noSuchRoom(roomId);
      const user_nid = await engine.names.internUser(tx, target);
      const row = await tx.get(memberships, { room_nid: room.room_nid, user_nid });
      const refused = refuse(row?.membership);
      if (refused !== undefined) throw forbidden(refused);
      const content = await partingContent(engine, tx, room, { userId: target, membership, reason });
      return { room, template: { sender, type: 'm.room.member', stateKey: target, content } };
    },
  });
  if (appended === undefined) throw new Error('no membership was changed');
  return appended.event.eventId;
};
