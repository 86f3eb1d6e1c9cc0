/** Whether a glob (`*`, `?`) matches the whole text, in time linear in pattern times text, without RegExp. */
export function matchesGlob(
  pattern: string,
  text: string,
  options: { readonly ignoreCase?: boolean } = {},
): boolean {
  throw new Error(`not yet ${pattern} ${text} ${options.ignoreCase}`);
}
