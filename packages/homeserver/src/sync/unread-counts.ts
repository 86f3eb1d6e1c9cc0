/** @see https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications */
import { notifications } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

export type UnreadCount = { readonly notification_count: number; readonly highlight_count: number };

export type UnreadCounts = {
  readonly main: UnreadCount;
  /** By thread root. Empty unless they are counted apart. */
  readonly threads: ReadonlyMap<string, UnreadCount>;
};

/** Counting stops here: nobody reads the difference between 1,000 and 10,000. */
const MAX_COUNTED = 1000;

export const unreadCounts = async (
  reader: StoreReader,
  userNid: number,
  roomNid: number,
  apart: boolean,
): Promise<UnreadCounts> => {
  const rows = await reader.scan(notifications, {
    where: { user_nid: userNid, room_nid: roomNid },
    reverse: true,
    limit: MAX_COUNTED,
  });
  const main = { notification_count: 0, highlight_count: 0 };
  const threads = new Map<string, { notification_count: number; highlight_count: number }>();
  for (const row of rows) {
    const counted = apart && row.thread_id !== '' ? threadCount(threads, row.thread_id) : main;
    counted.notification_count += 1;
    counted.highlight_count += row.highlight;
  }
  return { main, threads };
};

const threadCount = (
  threads: Map<string, { notification_count: number; highlight_count: number }>,
  threadId: string,
) => {
  const count = threads.get(threadId) ?? { notification_count: 0, highlight_count: 0 };
  threads.set(threadId, count);
  return count;
};
