const STORAGE_KEY = 'causeway.emoji';
const FIRST_OFFERED = ['👍', '❤️', '😂', '🎉', '👀', '✅', '🙏', '🚀'];
const KEPT = 16;

export function recentEmoji(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    const used = Array.isArray(stored) ? stored.filter((one): one is string => typeof one === 'string') : [];
    return [...new Set([...used, ...FIRST_OFFERED])].slice(0, KEPT);
  } catch {
    return FIRST_OFFERED;
  }
}

export function rememberEmoji(emoji: string): void {
  const list = [emoji, ...recentEmoji().filter((one) => one !== emoji)].slice(0, KEPT);
  localStorage.setItem(STORAGE_KEY, JSON.stringify(list));
}
