/** How well a few letters fit a name: 0 not at all; a beginning beats a word's beginning beats anything within. */
export function matchScore(name: string, query: string): number {
  const haystack = name.toLowerCase();
  const needle = query.trim().toLowerCase();
  if (!needle) return 1;
  if (haystack.startsWith(needle)) return 4;
  const at = haystack.indexOf(needle);
  if (at > 0) return /[\s\-_.:@#]/.test(haystack[at - 1] ?? '') ? 3 : 2;
  return isSubsequence(needle.replace(/\s+/g, ''), haystack) ? 1 : 0;
}

function isSubsequence(needle: string, haystack: string): boolean {
  let at = 0;
  for (const char of needle) {
    at = haystack.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
