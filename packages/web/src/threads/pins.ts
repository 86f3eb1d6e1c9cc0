import { EventType, type MatrixClient, type Room, RoomStateEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';

/** https://spec.matrix.org/latest/client-server-api/#mroompinned_events, the newest last. */
export function pinsOf(room: Room): readonly string[] {
  const pinned: unknown = room.currentState
    .getStateEvents(EventType.RoomPinnedEvents, '')
    ?.getContent().pinned;
  const ids = Array.isArray(pinned) ? pinned.filter((id): id is string => typeof id === 'string') : [];
  return [...new Set(ids)];
}

export const mayPin = (client: MatrixClient, room: Room): boolean =>
  room.currentState.maySendStateEvent(EventType.RoomPinnedEvents, client.getSafeUserId());

export async function setPinned(
  client: MatrixClient,
  room: Room,
  eventId: string,
  pinned: boolean,
): Promise<void> {
  const others = pinsOf(room).filter((id) => id !== eventId);
  try {
    await client.sendStateEvent(room.roomId, EventType.RoomPinnedEvents, {
      pinned: pinned ? [...others, eventId] : others,
    });
  } catch (problem) {
    say(t('pins.failed', { reason: describeProblem(problem) }));
  }
}

export function usePins(room: Room): readonly string[] {
  const [pins, setPins] = useState(() => pinsOf(room));
  useEffect(() => {
    const update = () =>
      setPins((old) => {
        const now = pinsOf(room);
        return old.join() === now.join() ? old : now;
      });
    update();
    room.on(RoomStateEvent.Update, update);
    return () => void room.off(RoomStateEvent.Update, update);
  }, [room]);
  return pins;
}
