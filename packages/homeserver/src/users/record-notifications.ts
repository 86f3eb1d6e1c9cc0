/** What an appended event means for local users: unread counts, and which syncs have something new. */
import type { Engine } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';

export type AppendedEvent = {
  /** The room after the event: `state_root` is its new current state. */
  readonly room: RoomRow;
  readonly event: StoredEvent;
  /** Its timeline position. */
  readonly position: number;
  /** Root of the current state after the event, the same as `room.state_root`. */
  readonly state: Uint8Array;
};

/**
 * Called by append-event for every live event that goes on the timeline, in its transaction, after the
 * memberships are written.
 */
export const recordNotifications = async (
  _engine: Engine,
  _tx: StoreTx,
  _appended: AppendedEvent,
): Promise<void> => {};
