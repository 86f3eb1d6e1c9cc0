/** What follows the first colon of a Matrix identifier. */
export function serverNameOf(userId: string): string {
  const colon = userId.indexOf(':');
  return colon < 0 ? '' : userId.slice(colon + 1);
}

export function localpartOf(userId: string): string {
  const colon = userId.indexOf(':');
  return userId.slice(userId.startsWith('@') ? 1 : 0, colon < 0 ? undefined : colon);
}

/** Whether the text is a whole user ID: `@`, a localpart, a colon, a server name. */
export function isUserId(input: string): boolean {
  return /^@[^\s:]+:[a-zA-Z0-9.:[\]-]+$/.test(input) && input.length <= 255 && !/[.:-]$/.test(input);
}

/** Labels that say what a server is for, not whose it is. */
const GENERIC_LABELS: ReadonlySet<string> = new Set([
  'matrix',
  'chat',
  'im',
  'www',
  'synapse',
  'causeway',
  'hs',
]);

/** Two letters to recognise an organisation by: `birch.org` and `chat.birch.org` are both `BI`. */
export function organisationInitials(serverName: string): string {
  const labels = serverName.replace(/:\d+$/, '').split('.');
  const named = labels.slice(0, Math.max(1, labels.length - 1));
  const label = named.find((candidate) => !GENERIC_LABELS.has(candidate)) ?? labels[0] ?? '';
  return (label.replace(/[^a-z0-9]/gi, '').slice(0, 2) || '?').toUpperCase();
}

/** A hue from 0 to 359, the same for a text everywhere (FNV-1a). */
export function hueOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of name) {
    hash ^= char.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash % 360;
}

/** The organisations of these people: one's own first, the others by name. */
export function organisationsOf(userIds: Iterable<string>, ownServerName: string): string[] {
  const names = new Set<string>();
  for (const userId of userIds) names.add(serverNameOf(userId));
  names.delete('');
  const others = [...names].filter((name) => name !== ownServerName).sort();
  return names.has(ownServerName) ? [ownServerName, ...others] : others;
}
