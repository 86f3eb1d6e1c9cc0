import { NotificationCountType, type Room, RoomEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';

export type ThreadCounts = { readonly unread: number; readonly highlights: number };

/** How much is unread in one thread. */
const threadCountsOf = (room: Room, rootId: string): ThreadCounts => ({
  unread: room.getThreadUnreadNotificationCount(rootId, NotificationCountType.Total),
  highlights: room.getThreadUnreadNotificationCount(rootId, NotificationCountType.Highlight),
});

/** How much is unread in all threads of a room: what is unread in the room, less what is in its main part. */
function allThreads(room: Room): ThreadCounts {
  const apart = (type: NotificationCountType) =>
    Math.max(
      0,
      (room.getUnreadNotificationCount(type) ?? 0) - (room.getRoomUnreadNotificationCount(type) ?? 0),
    );
  return {
    unread: apart(NotificationCountType.Total),
    highlights: apart(NotificationCountType.Highlight),
  };
}

/** Unread replies of one thread, or of all threads of the room. */
export function useThreadCounts(room: Room, rootId?: string): ThreadCounts {
  const [counts, setCounts] = useState<ThreadCounts>(() =>
    rootId ? threadCountsOf(room, rootId) : allThreads(room),
  );
  useEffect(() => {
    const update = () =>
      setCounts((old) => {
        const now = rootId ? threadCountsOf(room, rootId) : allThreads(room);
        return old.unread === now.unread && old.highlights === now.highlights ? old : now;
      });
    update();
    room.on(RoomEvent.UnreadNotifications, update);
    return () => void room.off(RoomEvent.UnreadNotifications, update);
  }, [room, rootId]);
  return counts;
}
