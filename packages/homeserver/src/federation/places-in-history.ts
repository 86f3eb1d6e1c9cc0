/**
 * Which of the events that fill a gap are older than what we have: those that something stored follows, at whatever
 * distance. They belong below it on the timeline, and are no forward extremities.
 *
 *     create ← a ← b ← our join     a and b are history
 *              a ← c ← new event    c is not
 */
import { type EventId, prevEventIds } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { childrenMissing, type Place } from '../rooms/append-event.ts';
import { freePositionBelow } from '../rooms/history-position.ts';
import type { VerifiedPdu } from '../rooms/receive-pdu.ts';
import type { StoreReader } from '../store/store.ts';

/** `ordered`: each event after its parents. `earlier`: parents of these that were not fetched with them. */
export const placesInHistory = (
  engine: Engine,
  roomNid: number,
  ordered: readonly VerifiedPdu[],
  earlier: Iterable<EventId>,
): Promise<ReadonlyMap<EventId, Place>> =>
  engine.store.read(async (reader) => {
    const places = new Map<EventId, Place>();
    /** Where the lowest of the children stands, of events that are history. */
    const childAt = new Map<EventId, number>();
    let lowest = Number.POSITIVE_INFINITY;
    const placeBelowChildren = async (eventId: EventId): Promise<number | undefined> => {
      const stored = await lowestStoredChild(engine, reader, roomNid, eventId);
      const limit = Math.min(stored, childAt.get(eventId) ?? stored);
      if (limit === Number.POSITIVE_INFINITY) return undefined;
      lowest = await freePositionBelow(reader, roomNid, Math.min(limit, lowest));
      places.set(eventId, { kind: 'history', position: lowest });
      return lowest;
    };
    for (const { eventId, pdu } of ordered.toReversed()) {
      const position = await placeBelowChildren(eventId);
      if (position === undefined) continue;
      for (const parent of prevEventIds(pdu)) childAt.set(parent, position);
    }
    for (const eventId of earlier) await placeBelowChildren(eventId);
    return places;
  });

const lowestStoredChild = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
  eventId: EventId,
): Promise<number> => {
  let lowest = Number.POSITIVE_INFINITY;
  for (const { child_nid } of await childrenMissing(reader, roomNid, eventId)) {
    lowest = Math.min(lowest, (await engine.events.byNid(reader, child_nid)).position ?? lowest);
  }
  return lowest;
};
