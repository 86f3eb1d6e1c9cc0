import { useEffect } from 'react';
import type { RoomSummary } from '../rooms/room-summaries.ts';
import { closeDialog, openDialog, openedDialog } from './dialogs.ts';
import { goTo, parseRoute } from './route.ts';

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);
export const COMMAND = isApple ? '⌘' : 'Ctrl';
export const ALT = isApple ? '⌥' : 'Alt';

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;

/** The shortcuts that work everywhere in the workspace. */
export function useShortcuts(rooms: readonly RoomSummary[]): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (
        (event.metaKey || event.ctrlKey) &&
        !event.altKey &&
        !event.shiftKey &&
        event.key.toLowerCase() === 'k'
      ) {
        event.preventDefault();
        if (openedDialog.get()?.kind === 'switcher') closeDialog();
        else openDialog({ kind: 'switcher' });
        return;
      }
      if (openedDialog.get()) return;
      if (
        event.altKey &&
        !event.ctrlKey &&
        !event.metaKey &&
        (event.key === 'ArrowUp' || event.key === 'ArrowDown')
      ) {
        event.preventDefault();
        goToNeighbour(rooms, event.key === 'ArrowUp' ? -1 : 1);
      } else if (event.key === '?' && !isTyping(event.target)) {
        event.preventDefault();
        openDialog({ kind: 'shortcuts' });
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [rooms]);
}

function goToNeighbour(rooms: readonly RoomSummary[], step: 1 | -1): void {
  const joined = rooms.filter((room) => room.membership === 'join');
  const route = parseRoute(location.hash);
  const at = route.screen === 'room' ? joined.findIndex((room) => room.id === route.roomId) : -1;
  const next = joined[(at + step + joined.length) % joined.length];
  if (next) goTo({ screen: 'room', roomId: next.id });
}
