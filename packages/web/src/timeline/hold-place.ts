/** How long the list may take to measure what was put above. */
const SETTLE_MS = 600;

type Anchor = { readonly id: string; readonly top: number };

/** The first message that is wholly in view, and where it stands. */
function findAnchor(scroller: HTMLElement): Anchor | undefined {
  const top = scroller.getBoundingClientRect().top;
  for (const row of scroller.querySelectorAll<HTMLElement>('[data-event-id]')) {
    const box = row.getBoundingClientRect();
    if (box.top >= top) return { id: row.dataset.eventId ?? '', top: box.top };
  }
  return undefined;
}

/**
 * Keeps what the person looks at where it is while older messages are put above it: the list places them by
 * estimates and learns their heights afterwards. Ends as soon as the person scrolls.
 */
export function holdPlace(scroller: HTMLElement): void {
  const anchor = findAnchor(scroller);
  if (!anchor) return;
  const end = performance.now() + SETTLE_MS;
  const moved = new AbortController();
  for (const kind of ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const)
    scroller.addEventListener(kind, () => moved.abort(), { passive: true, signal: moved.signal });

  const correct = () => {
    if (moved.signal.aborted) return;
    const row = scroller.querySelector<HTMLElement>(`[data-event-id="${CSS.escape(anchor.id)}"]`);
    const shift = row ? row.getBoundingClientRect().top - anchor.top : 0;
    if (Math.abs(shift) >= 1) scroller.scrollBy({ top: shift });
    if (performance.now() < end) requestAnimationFrame(correct);
    else moved.abort();
  };
  requestAnimationFrame(correct);
}
