/** Reads rooms of a store on which no homeserver runs. */
import { EventCache } from '../rooms/event-cache.ts';
import { StateMaps } from '../rooms/state-map.ts';
import { withCaches } from '../store/caching-store.ts';
import { Names } from '../store/names.ts';
import type { Store } from '../store/store.ts';
import { inspectRoom, type RoomInspection } from './inspect-room.ts';

/** Undefined for a room that is not here. */
export const inspectStoredRoom = (
  store: Store,
  serverName: string,
  roomId: string,
): Promise<RoomInspection | undefined> => {
  const parts = { serverName, names: new Names(), events: new EventCache(), states: new StateMaps() };
  const caches = [...parts.names.caches, ...parts.events.caches, ...parts.states.caches];
  return withCaches(store, caches).read((reader) => inspectRoom(parts, reader, roomId));
};
