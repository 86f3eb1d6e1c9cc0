import type { Room } from 'matrix-js-sdk';
import { type KeyboardEvent, type RefObject, useEffect, useState } from 'react';
import { useWorkspace } from '../session/workspace-session.ts';
import { type Candidate, type Completion, completionAt } from './completion.ts';

type UsedCompletion = {
  readonly found: Completion | undefined;
  readonly active: number;
  readonly setActive: (index: number) => void;
  /** The cursor moved. */
  readonly follow: () => void;
  readonly close: () => void;
  /** The candidate that the key chooses. */
  readonly onKeyDown: (event: KeyboardEvent) => Candidate | undefined;
};

/** What the word at the cursor may become, and which of it is chosen by the keys. */
export function useCompletion(
  room: Room,
  body: string,
  input: RefObject<HTMLTextAreaElement | null>,
): UsedCompletion {
  const { client } = useWorkspace();
  const [cursor, setCursor] = useState(-1);
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState('');

  // biome-ignore lint/correctness/useExhaustiveDependencies: another text begins with its first candidate.
  useEffect(() => setActive(0), [body]);

  const offered = cursor >= 0 && dismissed !== body ? completionAt(client, room, body, cursor) : undefined;
  const whole = offered?.candidates.length === 1 && body === offered.candidates[0]?.insert.trimEnd();
  const found = whole && offered.candidates[0]?.kind === 'command' ? undefined : offered;
  const last = (found?.candidates.length ?? 1) - 1;
  const at = Math.min(active, last);

  const onKeyDown = (event: KeyboardEvent): Candidate | undefined => {
    if (!found || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return undefined;
    // The cursor is elsewhere than when the suggestions were made.
    if (input.current?.selectionStart !== found.end) return undefined;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        event.preventDefault();
        setActive((at + (event.key === 'ArrowDown' ? 1 : last)) % (last + 1));
        return undefined;
      case 'Escape':
        event.preventDefault();
        setDismissed(body);
        return undefined;
      case 'Enter':
      case 'Tab':
        event.preventDefault();
        return found.candidates[at];
      default:
        return undefined;
    }
  };

  return {
    found,
    active: at,
    setActive,
    follow: () => {
      const element = input.current;
      const collapsed = element && element.selectionStart === element.selectionEnd;
      setCursor(collapsed && document.activeElement === element ? element.selectionStart : -1);
    },
    close: () => setCursor(-1),
    onKeyDown,
  };
}
