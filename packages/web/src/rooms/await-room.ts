import type { Observable } from '../frame/observable.ts';
import type { RoomSummary } from './room-summaries.ts';

const LONGEST_MS = 15_000;

/** Resolves when a room that was joined is in the list, or when that takes too long. */
export function awaitRoom(rooms: Observable<readonly RoomSummary[]>, roomId: string): Promise<void> {
  const there = () => rooms.get().some((room) => room.id === roomId && room.membership === 'join');
  return new Promise((resolve) => {
    if (there()) return resolve();
    const finish = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(finish, LONGEST_MS);
    const unsubscribe = rooms.subscribe(() => there() && finish());
  });
}
