import type { JsonObject } from '../session/matrix-request.ts';

export type Mentionable = { readonly userId: string; readonly name: string };

/**
 * Who is meant in a text: by a whole user ID, or by `@` and a display name or localpart.
 * https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions
 */
export function findMentions(body: string, people: readonly Mentionable[]): string[] {
  const lower = body.toLowerCase();
  return people
    .filter(({ userId, name }) => {
      const localpart = userId.slice(1, userId.indexOf(':'));
      return [userId, `@${name}`, `@${localpart}`].some((form) => containsWord(lower, form.toLowerCase()));
    })
    .map((person) => person.userId);
}

function containsWord(body: string, word: string): boolean {
  for (let at = body.indexOf(word); at >= 0; at = body.indexOf(word, at + 1)) {
    const before = body[at - 1] ?? ' ';
    const after = body.slice(at + word.length);
    if (!/[\p{L}\p{N}_]/u.test(before) && !/^[\p{L}\p{N}_:-]|^\.[\p{L}\p{N}]/u.test(after)) return true;
  }
  return false;
}

export type Answered = { readonly id: string; readonly sender: string };

export function newMessage(body: string, mentions: readonly string[], answered?: Answered): JsonObject {
  const userIds = new Set(mentions);
  if (answered) userIds.add(answered.sender);
  return {
    msgtype: 'm.text',
    body,
    'm.mentions': userIds.size > 0 ? { user_ids: [...userIds] } : {},
    ...(answered ? { 'm.relates_to': { 'm.in_reply_to': { event_id: answered.id } } } : {}),
  };
}

/** https://spec.matrix.org/latest/client-server-api/#event-replacements; an edit calls nobody a second time. */
export function editedMessage(
  body: string,
  mentions: readonly string[],
  original: { id: string },
): JsonObject {
  return {
    msgtype: 'm.text',
    body: `* ${body}`,
    'm.mentions': {},
    'm.new_content': {
      msgtype: 'm.text',
      body,
      'm.mentions': mentions.length > 0 ? { user_ids: [...mentions] } : {},
    },
    'm.relates_to': { rel_type: 'm.replace', event_id: original.id },
  };
}
