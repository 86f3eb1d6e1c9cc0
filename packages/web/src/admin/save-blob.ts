/** Gives the person a file that the server made. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Not at once: the browser fetches it after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
