import { Observable } from '../frame/observable.ts';

/** The message that somebody wants to see; its room's timeline goes there. */
export const shownMessage = new Observable<{ readonly roomId: string; readonly eventId: string } | undefined>(
  undefined,
);

export const showMessage = (roomId: string, eventId: string): void => shownMessage.set({ roomId, eventId });
