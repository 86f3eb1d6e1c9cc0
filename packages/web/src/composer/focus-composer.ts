/** Goes to where one writes in the open room. Whether there is such a place. */
export function focusComposer(): boolean {
  const field = document.querySelector<HTMLTextAreaElement>('textarea[data-composer]');
  field?.focus();
  return field !== null;
}
