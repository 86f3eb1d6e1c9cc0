import { createClient, MatrixEvent, PendingEventOrdering, Room } from 'matrix-js-sdk';
import { expect, it } from 'vitest';
import { loadedEvents } from './loaded-events.ts';

const eventOf = (number: number) =>
  new MatrixEvent({
    type: 'm.room.message',
    room_id: '!room:north.test',
    sender: '@sol:south.test',
    event_id: `$${number}`,
    origin_server_ts: number,
    content: { msgtype: 'm.text', body: `entry ${number}` },
  });

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => eventOf(from + index));

it('shows each event once when a page that was on its way joins the timeline that began anew', async () => {
  const client = createClient({
    baseUrl: 'http://localhost',
    userId: '@ada:north.test',
    timelineSupport: true,
  });
  const room = new Room('!room:north.test', client, '@ada:north.test', {
    timelineSupport: true,
    pendingEventOrdering: PendingEventOrdering.Detached,
  });
  const set = room.getUnfilteredTimelineSet();
  await room.addLiveEvents(range(20, 29), { addToState: false });
  const before = room.getLiveTimeline();
  room.resetLiveTimeline(undefined, undefined);
  await room.addLiveEvents(range(30, 39), { addToState: false });
  // A page backwards from the earlier timeline, then two from the new one.
  set.addEventsToTimeline(range(10, 19).reverse(), true, false, before, 'below 10');
  set.addEventsToTimeline(range(25, 29).reverse(), true, false, room.getLiveTimeline(), 'below 25');
  set.addEventsToTimeline(range(15, 24).reverse(), true, false, room.getLiveTimeline(), 'below 15');
  expect(loadedEvents(room).map((event) => event.getId())).toEqual(
    Array.from({ length: 30 }, (_, index) => `$${10 + index}`),
  );
});
