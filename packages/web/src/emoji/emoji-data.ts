import compact from 'emojibase-data/en/compact.json';

export type Emoji = { readonly char: string; readonly label: string; readonly words: string };

/** The groups of https://unicode.org/emoji/charts/emoji-ordering.html, by emojibase's number; 2 is components. */
export const GROUPS = [
  { number: 0, icon: '😀', key: 'emoji.smileys' },
  { number: 1, icon: '👋', key: 'emoji.people' },
  { number: 3, icon: '🌿', key: 'emoji.nature' },
  { number: 4, icon: '🍎', key: 'emoji.food' },
  { number: 5, icon: '🚗', key: 'emoji.travel' },
  { number: 6, icon: '⚽', key: 'emoji.activities' },
  { number: 7, icon: '💡', key: 'emoji.objects' },
  { number: 8, icon: '❤️', key: 'emoji.symbols' },
  { number: 9, icon: '🏁', key: 'emoji.flags' },
] as const;

const groups = new Map<number, Emoji[]>();
for (const entry of compact) {
  if (entry.group === undefined || entry.group === 2) continue;
  const list = groups.get(entry.group) ?? [];
  groups.set(entry.group, list);
  list.push({
    char: entry.unicode,
    label: entry.label,
    words: [entry.label, ...(entry.tags ?? [])].join(' ').toLowerCase(),
  });
}

export const emojiOf = (group: number): readonly Emoji[] => groups.get(group) ?? [];

const MAX_FOUND = 64;

export function findEmoji(query: string): readonly Emoji[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: Emoji[] = [];
  const later: Emoji[] = [];
  for (const list of groups.values()) {
    for (const emoji of list) {
      if (!words.every((word) => emoji.words.includes(word))) continue;
      (emoji.label.startsWith(words[0] ?? '') ? found : later).push(emoji);
    }
  }
  return [...found, ...later].slice(0, MAX_FOUND);
}
