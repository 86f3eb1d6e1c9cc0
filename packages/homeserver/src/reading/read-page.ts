/** A page of a room's timeline that one person may see. */

import type { Engine } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { timeline } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { passesRoomEventFilter, type RoomEventFilter } from '../sync/filter.ts';
import type { VisibilityTest } from './visible-events.ts';

export type Direction = 'b' | 'f';

export type PageRequest = {
  readonly roomNid: number;
  readonly direction: Direction;
  /** Backwards: positions below it. Forwards: it and positions above it. */
  readonly from: number;
  /** Where to stop, on the far side. */
  readonly to: number | undefined;
  /** Positions from here on are not published yet. */
  readonly ceiling: number;
  readonly limit: number;
  readonly filter: RoomEventFilter | undefined;
  readonly visibility: VisibilityTest;
  /** People whose messages are left out; their state events are not. */
  readonly ignored?: ReadonlySet<string>;
};

export type Page = {
  /** In the order of the direction. */
  readonly events: readonly StoredEvent[];
  /** Where the next page begins; undefined: there is nothing more. */
  readonly next: number | undefined;
};

/** Rows looked at for one page, so that a narrow filter cannot read a whole room. */
const MAX_LOOKED_AT = 2000;
const BATCH = 100;

export const readPage = async (engine: Engine, reader: StoreReader, request: PageRequest): Promise<Page> => {
  const { direction, limit, filter, visibility } = request;
  const events: StoredEvent[] = [];
  let place = direction === 'b' ? Math.min(request.from, request.ceiling) : request.from;
  for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; ) {
    const rows = await reader.scan(timeline, {
      where: { room_nid: request.roomNid },
      ...(direction === 'b'
        ? { lt: place, ...(request.to === undefined ? {} : { gte: request.to }), reverse: true }
        : { gte: place, lt: Math.min(request.to ?? request.ceiling, request.ceiling) }),
      limit: BATCH,
    });
    for (const row of rows) {
      if (events.length === limit) return { events, next: place };
      const event = await engine.events.byNid(reader, row.event_nid);
      const heard = event.pdu.state_key !== undefined || request.ignored?.has(event.pdu.sender) !== true;
      const wanted = heard && (filter === undefined || passesRoomEventFilter(filter, event.pdu));
      if (wanted && (await visibility.canSee(event))) events.push(event);
      place = direction === 'b' ? row.position : row.position + 1;
    }
    if (rows.length < BATCH) return { events, next: undefined };
    lookedAt += rows.length;
  }
  return { events, next: place };
};
