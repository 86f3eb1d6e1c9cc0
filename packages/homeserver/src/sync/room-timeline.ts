/** The `timeline` section of a room in a sync. */

import type { Engine } from '../engine.ts';
import { afterStream } from '../reading/page-token.ts';
import type { VisibilityTest } from '../reading/visible-events.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { TIMELINE_STRIDE, timeline } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { passesRoom, passesRoomEventFilter, type RoomEventFilter } from './filter.ts';

export type Timeline = {
  /** In reading order. */
  readonly events: readonly StoredEvent[];
  /** Whether there is more between what the client knows and the first event. */
  readonly limited: boolean;
  /** Where reading backwards goes on. */
  readonly prevBatch: number;
};

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 200;
/** Timeline rows looked at in one room for events that pass the filter. */
const MAX_LOOKED_AT = 1000;

export const readTimeline = async (
  engine: Engine,
  reader: StoreReader,
  input: {
    readonly roomId: string;
    readonly roomNid: number;
    /** Stream position that the client has seen; undefined: nothing of this room. */
    readonly after: number | undefined;
    /** Newest stream position that may be shown. */
    readonly upTo: number;
    readonly filter: RoomEventFilter;
    readonly visibility: VisibilityTest;
    /** People whose messages are left out; their state events are not. */
    readonly ignored: ReadonlySet<string>;
    /** An event that is shown whatever visibility says: the end of one's own membership. */
    readonly always?: number;
  },
): Promise<Timeline> => {
  const limit = Math.min(input.filter.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const end = afterStream(input.upTo);
  if (!passesRoom(input.filter, input.roomId)) return { events: [], limited: false, prevBatch: end };
  const floor = input.after === undefined ? {} : { gt: input.after * TIMELINE_STRIDE };
  const events: StoredEvent[] = [];
  let below = end;
  let lookedAt = 0;
  let oldest: StoredEvent | undefined;
  for (;;) {
    const rows = await reader.scan(timeline, {
      where: { room_nid: input.roomNid },
      ...floor,
      lt: below,
      reverse: true,
      limit: limit + 1,
    });
    for (const row of rows) {
      if (events.length === limit) return { events: events.reverse(), limited: true, prevBatch: below };
      const event = await engine.events.byNid(reader, row.event_nid);
      const visible = row.event_nid === input.always || (await input.visibility.canSee(event));
      const heard = event.pdu.state_key !== undefined || !input.ignored.has(event.pdu.sender);
      if (visible && heard && passesRoomEventFilter(input.filter, event.pdu)) events.push(event);
      below = row.position;
      oldest = event;
      lookedAt += 1;
    }
    if (rows.length <= limit) {
      // What we have of a room may begin in its middle: the rest is with other servers.
      const limited =
        input.after === undefined && oldest !== undefined && oldest.pdu.type !== 'm.room.create';
      return { events: events.reverse(), limited, prevBatch: below };
    }
    if (lookedAt >= MAX_LOOKED_AT) return { events: events.reverse(), limited: true, prevBatch: below };
  }
};
