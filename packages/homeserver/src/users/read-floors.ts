/** What a local user has read, as far as unread counts are concerned. */
import { notifications, readFloors } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';

/** Counting stops here: nobody reads the difference between 1,000 and 10,000. */
export const MAX_COUNTED = 1000;

export type Read = {
  readonly userNid: number;
  readonly roomNid: number;
  /** '' for everything, 'main', or a thread's root. */
  readonly threadId: string;
  /** Timeline position. */
  readonly position: number;
};

/** Nothing up to this position is unread. Never goes back. */
export const markRead = async (tx: StoreTx, read: Read): Promise<void> => {
  const where = { user_nid: read.userNid, room_nid: read.roomNid };
  const { threadId, position } = read;
  const key = { ...where, thread_id: threadId };
  const before = await tx.get(readFloors, key);
  await tx.put(readFloors, { ...key, position: Math.max(position, before?.position ?? 0) });
  if (threadId === '') {
    await tx.deleteRange(notifications, { where, lte: position });
    for (const row of await tx.scan(readFloors, { where })) {
      if (row.thread_id !== '' && row.position <= position) await tx.delete(readFloors, row);
    }
    return;
  }
  const thread = threadId === 'main' ? '' : threadId;
  for (const row of await tx.scan(notifications, { where, lte: position })) {
    if (row.thread_id === thread) await tx.delete(notifications, row);
  }
};

/** Somebody who comes in, or goes, has nothing unread. */
export const startAfresh = async (tx: StoreTx, read: Omit<Read, 'threadId'>): Promise<void> => {
  const where = { user_nid: read.userNid, room_nid: read.roomNid };
  await tx.deleteRange(notifications, { where });
  await tx.deleteRange(readFloors, { where });
  await tx.put(readFloors, { ...where, thread_id: '', position: read.position });
};

/** Where what is unread begins: for everything, and beyond that for single threads ('' is the main timeline). */
export const readFloorsOf = async (
  reader: StoreReader,
  userNid: number,
  roomNid: number,
): Promise<{ readonly all: number; readonly threads: ReadonlyMap<string, number> }> => {
  let all = 0;
  const threads = new Map<string, number>();
  for (const row of await reader.scan(readFloors, { where: { user_nid: userNid, room_nid: roomNid } })) {
    if (row.thread_id === '') all = row.position;
    else threads.set(row.thread_id === 'main' ? '' : row.thread_id, row.position);
  }
  return { all, threads };
};
