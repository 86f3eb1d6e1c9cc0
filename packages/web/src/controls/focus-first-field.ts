/** The first field, or the dialog itself: never its close button, whose tooltip would open at once. */
export function focusFirstField(event: Event): void {
  const content = event.currentTarget;
  if (!(content instanceof HTMLElement)) return;
  event.preventDefault();
  const field = content.querySelector<HTMLElement>(
    'input:not([type="radio"]):not(:disabled), textarea:not(:disabled)',
  );
  (field ?? content).focus();
}
