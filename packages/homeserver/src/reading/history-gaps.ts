/** Where a room's history is missing because the servers that have it did not answer. */
import type { EventId, ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { backfillRoom } from '../federation/backfill-room.ts';
import type { RoomMember } from '../federation/delivery.ts';
import { notFound, unreachable } from '../matrix-error.ts';
import { missingParents } from '../store/schema.ts';
import { openJoinedRoom } from './room-access.ts';
import { faultOf } from '../refusals.ts';

/** A place in a room's history with something missing that nobody gave us. */
export type HistoryGap = {
  /** The event directly above what is missing. */
  readonly eventId: EventId;
  /** Who was asked, and gave no answer. */
  readonly serverName: ServerName;
  readonly reason: string;
};

/** Gaps of a room that are looked at. */
const MAX_GAPS = 200;
/** Events asked for at a time. */
const FETCH = 100;

/** Gaps that somebody came upon while reading. @throws M_FORBIDDEN for who is not in the room */
export const historyGaps = (engine: Engine, input: RoomMember): Promise<readonly HistoryGap[]> =>
  engine.store.read(async (reader) => {
    const { room } = await openJoinedRoom(engine, reader, input, input.roomId);
    const rows = await reader.scan(missingParents, {
      where: { room_nid: room.room_nid },
      limit: MAX_GAPS,
    });
    const gaps = new Map<EventId, HistoryGap>();
    for (const { child_nid } of rows) {
      const { eventId } = await engine.events.byNid(reader, child_nid);
      const failure = engine.historyGaps.get(eventId);
      if (failure) gaps.set(eventId, { eventId, ...failure });
    }
    return [...gaps.values()];
  });

/**
 * Asks once more for what is missing below an event; returns how many events came.
 *
 * @throws M_FORBIDDEN, M_NOT_FOUND for an event that is not in the room, CAUSEWAY_UNREACHABLE
 */
export const retryHistory = async (
  engine: Engine,
  input: RoomMember & { readonly eventId: string },
): Promise<number> => {
  const { room, event } = await engine.store.read(async (reader) => ({
    room: (await openJoinedRoom(engine, reader, input, input.roomId)).room,
    event: await engine.events.byId(reader, input.eventId),
  }));
  if (event?.roomNid !== room.room_nid || event.position === null) throw notFound(faultOf('event-unknown'));
  const place = { roomId: room.room_id, belowPosition: event.position, limit: FETCH };
  const { added } = await backfillRoom(engine, place);
  const failure = engine.historyGaps.get(event.eventId);
  if (added === 0 && failure) throw unreachable(failure.reason);
  return added;
};
