/** Where an event that is fetched later stands: below its child, in the room left between live events. */
import { events, timeline } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';

/** Rows looked at in one step when the places directly below are taken. */
const PAGE = 128;

/** The nearest free position below an event of the timeline. */
export const historyPositionBelow = async (
  tx: StoreTx,
  roomNid: number,
  childNid: number,
): Promise<number> => {
  const child = await tx.get(events, { event_nid: childNid });
  return freePositionBelow(tx, roomNid, child?.position ?? 0);
};

export const freePositionBelow = async (
  reader: StoreReader,
  roomNid: number,
  position: number,
): Promise<number> => {
  let free = position - 1;
  for (;;) {
    const taken = await reader.scan(timeline, {
      where: { room_nid: roomNid },
      lte: free,
      reverse: true,
      limit: PAGE,
    });
    for (const row of taken) {
      if (row.position < free) return free;
      free = row.position - 1;
    }
    if (taken.length < PAGE) return free;
  }
};
