import { NotificationCountType, type Room } from 'matrix-js-sdk';
import { useEffect } from 'react';
import { receiptTypeOf } from '../people/privacy.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { TimelineItem } from './build-timeline.ts';
import type { RoomTimeline } from './room-timeline.ts';

const SETTLE_MS = 400;
/** https://spec.matrix.org/latest/client-server-api/#threaded-read-receipts */
const MAIN_TIMELINE = 'main';

/** Says what has been read: when the newest message is in view and the window has the person's attention. */
export function useReadReceipts(
  timeline: RoomTimeline,
  room: Room,
  atBottom: boolean,
  items: readonly TimelineItem[],
): void {
  const { client } = useWorkspace();

  // biome-ignore lint/correctness/useExhaustiveDependencies: new items are what there is to read.
  useEffect(() => {
    if (!atBottom) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = () => {
      if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        const event = timeline.lastConfirmed();
        const eventId = event?.getId();
        if (!event || !eventId) return;
        const known = room.getEventReadUpTo(client.getSafeUserId(), true) === eventId;
        if (known && !room.getRoomUnreadNotificationCount(NotificationCountType.Total)) return;
        client.sendReceipt(event, receiptTypeOf(client), { thread_id: MAIN_TIMELINE }, true).then(
          () => {
            room.setUnreadNotificationCount(NotificationCountType.Total, 0);
            room.setUnreadNotificationCount(NotificationCountType.Highlight, 0);
          },
          (problem: unknown) => console.warn('The read receipt was not taken.', problem),
        );
      }, SETTLE_MS);
    };
    read();
    window.addEventListener('focus', read);
    document.addEventListener('visibilitychange', read);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('focus', read);
      document.removeEventListener('visibilitychange', read);
    };
  }, [client, timeline, room, atBottom, items]);
}
