import type { KeyboardEvent } from 'react';

/**
 * The arrow keys go from message to message. Only the list is a stop of the Tab key, not each message in it:
 * the field below is one step away, however many messages are above it.
 */
export function moveBetweenMessages(event: KeyboardEvent<HTMLElement>): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === 'Tab') skipOtherRows(event);
  if (event.shiftKey) return;
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  const { target, currentTarget: list } = event;
  const rows = [...list.querySelectorAll<HTMLElement>('article')];
  const here = target instanceof HTMLElement ? rows.indexOf(target) : -1;
  if (here < 0 && target !== list.querySelector('[role=log]')) return;
  const next = here < 0 ? lastInView(rows, list) : rows[here + (event.key === 'ArrowUp' ? -1 : 1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** What can be done with other messages is not on the way: Tab goes through this one, and then out of the list. */
function skipOtherRows({ target, currentTarget: list }: KeyboardEvent<HTMLElement>): void {
  const others = [...list.querySelectorAll<HTMLElement>('[data-row]')].filter(
    (row) => !(target instanceof Node && row.contains(target)),
  );
  for (const row of others) row.inert = true;
  // The browser moves the focus when this event is over.
  setTimeout(() => {
    for (const row of others) row.inert = false;
  });
}

/** Where somebody begins who comes from the field below. */
function lastInView(rows: readonly HTMLElement[], list: HTMLElement): HTMLElement | undefined {
  const { bottom } = list.getBoundingClientRect();
  return rows.findLast((row) => row.getBoundingClientRect().top < bottom) ?? rows.at(-1);
}
