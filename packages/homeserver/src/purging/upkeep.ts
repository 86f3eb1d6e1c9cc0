/** Does what was begun on rooms and files, at the start, when woken, and from time to time. */
import type { Engine } from '../engine.ts';
import type { Work } from '../woken-work.ts';
import { deleteDoomedBlobs } from './orphaned-files.ts';
import { continueHistoryPurges } from './purge-history.ts';
import { continueRemovals } from './remove-room.ts';
import { applyRetention } from './retention.ts';

/** How often it is seen whether messages have become too old. */
const RETENTION_MS = 10 * 60_000;
/** How often it is seen whether another server got what it still had to get. */
const DELIVERY_MS = 5_000;

export const upkeepOfRooms: Work<Engine> = {
  run: async (engine) => {
    const waits = await continueRemovals(engine);
    await applyRetention(engine);
    await continueHistoryPurges(engine);
    await deleteDoomedBlobs(engine);
    return waits ? DELIVERY_MS : RETENTION_MS;
  },
  fault: 'rooms not seen to',
};
