/** What comes and goes: nobody can be led back to it. */
const PASSING = '[role=dialog], [role=menu], [data-radix-popper-content-wrapper]';

/** Where the person was last, apart from what comes and goes. */
let lastPlace: HTMLElement | undefined;

document.addEventListener('focusin', ({ target }) => {
  if (target instanceof HTMLElement && !target.closest(PASSING)) lastPlace = target;
});

/**
 * Gives the focus back to a place, or to the message around it: the buttons of a message are hidden while
 * nothing in it has the focus. Whether it could.
 */
export function focusAgain(place: Element | null | undefined): boolean {
  for (const candidate of [place, place?.closest('article')]) {
    if (!(candidate instanceof HTMLElement) || candidate === document.body) continue;
    candidate.focus();
    if (document.activeElement === candidate) return true;
  }
  return false;
}

/**
 * When a dialog or a picker closes. Radix leads back to what had the focus before, which may be gone by then,
 * as the entry of a menu is; then the focus would fall to the page, far from where one was.
 */
export function returnFocus(event: Event): void {
  const another = document.querySelector('[role=dialog]');
  if (another && another !== event.currentTarget) return;
  if (focusAgain(lastPlace)) event.preventDefault();
}
