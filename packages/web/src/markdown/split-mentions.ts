export type Mentionable = { readonly userId: string; readonly name: string };

/** Stands for everybody in the room. */
export const EVERYBODY: Mentionable = { userId: '@room', name: 'room' };

/**
 * Text cut where people are meant: by a whole user ID, or by `@` and a display name or localpart. Of several
 * people of one name, the first in the list is meant.
 * https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions
 */
export function splitMentions(
  body: string,
  people: readonly Mentionable[],
): (string | { readonly person: Mentionable; readonly text: string })[] {
  const parts: (string | { person: Mentionable; text: string })[] = [];
  const lower = body.toLowerCase();
  let end = 0;
  for (let at = body.indexOf('@'); at >= 0; at = body.indexOf('@', at + 1)) {
    if (at < end || /[\p{L}\p{N}_]/u.test(body[at - 1] ?? ' ')) continue;
    const found = longestAt(lower, at, people);
    if (!found) continue;
    if (at > end) parts.push(body.slice(end, at));
    end = at + found.length;
    parts.push({ person: found.person, text: body.slice(at, end) });
  }
  if (end < body.length) parts.push(body.slice(end));
  return parts;
}

function longestAt(lower: string, at: number, people: readonly Mentionable[]) {
  let found: { person: Mentionable; length: number } | undefined;
  for (const person of people) {
    const { userId, name } = person;
    const colon = userId.indexOf(':');
    for (const form of [userId, `@${name}`, colon < 0 ? userId : userId.slice(0, colon)]) {
      if (form.length < 2 || form.length <= (found?.length ?? 0)) continue;
      if (lower.startsWith(form.toLowerCase(), at) && endsWord(lower.slice(at + form.length)))
        found = { person, length: form.length };
    }
  }
  return found;
}

const endsWord = (after: string) => !/^[\p{L}\p{N}_:-]|^\.[\p{L}\p{N}]/u.test(after);
