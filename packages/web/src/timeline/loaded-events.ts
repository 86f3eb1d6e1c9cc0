import { Direction, type EventTimeline, type MatrixEvent, type Room } from 'matrix-js-sdk';

/**
 * The timeline that grows, and those that were joined to it, oldest first. A page that was on its way while a
 * timeline began anew belongs to the one before; the SDK joins the two when it comes upon its events again, and
 * the older one knows from where to go on.
 */
function joinedTimelines(room: Room): readonly [EventTimeline, ...EventTimeline[]] {
  const joined: [EventTimeline, ...EventTimeline[]] = [room.getLiveTimeline()];
  for (;;) {
    const before = joined[0].getNeighbouringTimeline(Direction.Backward);
    if (!before || joined.includes(before)) return joined;
    joined.unshift(before);
  }
}

/** The timeline to which older events are added. */
export const oldestTimeline = (room: Room): EventTimeline => joinedTimelines(room)[0];

/**
 * Their events, the oldest first. What the older ones were before they began anew is in the newer ones too, when these
 * have been filled from the newest event back.
 */
function eventsOf(timelines: readonly EventTimeline[]): readonly MatrixEvent[] {
  const [first, ...newer] = timelines;
  if (newer.length === 0) return first?.getEvents() ?? [];
  const parts: (readonly MatrixEvent[])[] = [];
  const seen = new Set<string | undefined>();
  for (const timeline of timelines.toReversed()) {
    const events = timeline.getEvents().filter((event) => !seen.has(event.getId()));
    for (const event of events) seen.add(event.getId());
    parts.unshift(events);
  }
  return parts.flat();
}

/**
 * Everything that is there from the newest event back without a gap, the oldest first; at the end what is on its
 * way to the server, which the SDK keeps apart, so that it outlives a timeline that begins anew.
 */
export const loadedEvents = (room: Room): readonly MatrixEvent[] => [
  ...eventsOf(joinedTimelines(room)),
  ...room.getPendingEvents(),
];
