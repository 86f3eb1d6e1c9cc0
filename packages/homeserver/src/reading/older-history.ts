/** History that other servers of a room have and this one has not fetched yet. */

import { parseRoomId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { backfillRoom } from '../federation/backfill-room.ts';
import { MatrixError } from '../matrix-error.ts';
import { missingParents } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { Page } from './read-page.ts';

/** Gaps of a room that are looked at. */
const MAX_GAPS = 200;
/** Least number of events asked for at a time. */
const MIN_FETCH = 50;

/**
 * Whether events are missing inside a page that was read backwards. What is missing stands directly below the
 * event that names it, so the event at `from` counts and the one at the page's end does not.
 */
export const hasUnfetchedHistory = async (
  engine: Engine,
  reader: StoreReader,
  roomNid: number,
  { from, page }: { readonly from: number; readonly page: Page },
): Promise<boolean> => {
  const gaps = await reader.scan(missingParents, { where: { room_nid: roomNid }, limit: MAX_GAPS });
  const lowest = page.next ?? Number.MIN_SAFE_INTEGER;
  for (const gap of gaps) {
    const { position } = await engine.events.byNid(reader, gap.child_nid);
    if (position !== null && position <= from && position > lowest) return true;
  }
  return false;
};

/** Asks other servers; returns how many events came. No server answering is not a failure of reading. */
export const fetchHistory = async (
  engine: Engine,
  roomId: string,
  belowPosition: number,
  limit: number,
): Promise<number> => {
  const id = parseRoomId(roomId);
  if (id === undefined) return 0;
  try {
    const { added } = await backfillRoom(engine, {
      roomId: id,
      belowPosition,
      limit: Math.max(limit, MIN_FETCH),
    });
    return added;
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    engine.log.info('messages.history-not-fetched', { room: roomId, errcode: error.errcode });
    return 0;
  }
};
