import { type FocusEvent, type KeyboardEvent, useState } from 'react';

/** Where the Tab key stops, and where it passes by. */
export type Stop = { readonly tabIndex: 0 | -1; readonly 'data-stop': string };

type OneTabStop = {
  readonly stopOf: (id: string) => Stop;
  /** For the element around the list. */
  readonly list: {
    readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
    readonly onFocus: (event: FocusEvent<HTMLElement>) => void;
    readonly onBlur: (event: FocusEvent<HTMLElement>) => void;
  };
};

/**
 * A long list that the Tab key enters once: at what has the focus in it, else at the current one, else at the
 * first. The arrow keys, Home and End move in it.
 *
 * @see https://www.w3.org/WAI/ARIA/apg/practices/keyboard-interface/#kbd_roving_tabindex
 */
export function useOneTabStop(ids: readonly string[], current: string | undefined): OneTabStop {
  const [focused, setFocused] = useState<string>();
  const among = (id: string | undefined) => (id !== undefined && ids.includes(id) ? id : undefined);
  const stop = among(focused) ?? among(current) ?? ids[0];
  return {
    stopOf: (id) => ({ tabIndex: id === stop ? 0 : -1, 'data-stop': id }),
    list: {
      onKeyDown: moveFocus,
      onFocus: ({ target }) => setFocused(target.closest<HTMLElement>('[data-stop]')?.dataset.stop),
      onBlur: ({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setFocused(undefined);
      },
    },
  };
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  // With another key they are shortcuts: Alt and an arrow opens the next room.
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-stop]')];
  const at = stops.findIndex((one) => one.contains(document.activeElement));
  const to = destination(event.key, at, stops.length);
  if (at === -1 || to === undefined) return;
  event.preventDefault();
  stops[to]?.focus();
}

function destination(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
