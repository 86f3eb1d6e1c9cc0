/**
 * The hardest room to resolve that one server can make: branches of power levels that all begin at one event, each
 * level resting on the one before it in its branch.
 *
 * ```text
 *        ┌─ P ── P ── P ── …      every P conflicts with every other, and is in the auth difference
 * room ──┼─ P ── P ── P ── …
 *        └─ P ── P ── P ── …      so many ends as branches
 * ```
 */
import { forwardExtremities, roomById, rulesOf, stateEvent } from '@causeway/homeserver';
import { hashAndSignEvent, type RoomId, type UnsignedPdu, type UserId } from '@causeway/protocol';
import type { MadeEvent } from './made-event.ts';
import type { TestServer } from './network.ts';
import type { Random } from './random.ts';

export type ForkedPowerLevels = {
  readonly roomId: RoomId;
  /** A person of the forking server who may change power levels. */
  readonly sender: UserId;
  readonly branches: number;
  /** Events of each branch. */
  readonly length: number;
  readonly random: Random;
};

/** In an order in which each comes after those that it builds on. They are kept nowhere. */
export const forkPowerLevels = async (
  { engine }: TestServer,
  { roomId, sender, branches, length, random }: ForkedPowerLevels,
): Promise<readonly MadeEvent[]> => {
  const { rules, start, common, levels, tip } = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error(`no room ${roomId}`);
    const create = await engine.events.byNid(reader, room.create_event_nid);
    const start = await stateEvent(engine, reader, room, 'm.room.power_levels', '');
    const member = await stateEvent(engine, reader, room, 'm.room.member', sender);
    const [end] = await reader.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
    if (start === undefined || member === undefined || end === undefined) throw new Error('no usual room');
    const rules = rulesOf(room);
    const common = rules.roomIdIsCreateHash ? [member.eventId] : [create.eventId, member.eventId];
    const tip = (await engine.events.byNid(reader, end.event_nid)).eventId;
    return { rules, start: start.eventId, common, levels: start.pdu.content, tip };
  });
  const ends = Array.from({ length: branches }, (_, branch) => ({
    branch,
    levels: start,
    tip,
    left: length,
  }));
  const made: MadeEvent[] = [];
  while (ends.length > 0) {
    const end = random.pick(ends);
    const users = levels['users'];
    const draft: UnsignedPdu = {
      type: 'm.room.power_levels',
      state_key: '',
      sender,
      room_id: roomId,
      content: {
        ...levels,
        users: {
          ...(typeof users === 'object' ? users : {}),
          [`@somebody:${end.branch}.test`]: random.below(50),
        },
      },
      depth: 100 + length - end.left,
      origin_server_ts: Date.now() + random.below(1_000),
      prev_events: [end.tip],
      auth_events: [...common, end.levels],
    };
    const event = hashAndSignEvent(rules, draft, engine.serverName, engine.signingKey);
    made.push(event);
    end.tip = event.eventId;
    end.levels = event.eventId;
    end.left--;
    if (end.left === 0) ends.splice(ends.indexOf(end), 1);
  }
  return made;
};
