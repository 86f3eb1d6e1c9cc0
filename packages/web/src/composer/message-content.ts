import type { Written } from '../markdown/write-message.ts';
import { isObject, type JsonObject } from '../session/matrix-request.ts';

export type Answered = { readonly id: string; readonly sender: string };

/** Where a message stands: as an answer, in a thread, or both. */
export type Place = {
  readonly answered?: Answered | undefined;
  readonly thread?: { readonly rootId: string; readonly latestId: string } | undefined;
};

export function newMessage(written: Written, place: Place = {}, msgtype = 'm.text'): JsonObject {
  return {
    msgtype,
    ...formatted(written),
    'm.mentions': mentionsOf(written, place.answered),
    ...relationOf(place),
  };
}

const formatted = ({ body, html }: Written): JsonObject => ({
  body,
  ...(html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: html }),
});

/** https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions */
function mentionsOf(written: Written, answered?: Answered): JsonObject {
  const userIds = new Set(written.userIds);
  if (answered) userIds.add(answered.sender);
  return {
    ...(userIds.size > 0 ? { user_ids: [...userIds] } : {}),
    ...(written.everybody ? { room: true } : {}),
  };
}

/** In a thread, the answer that is none is for clients without threads: MSC3440's fallback. */
function relationOf({ answered, thread }: Place): JsonObject {
  if (thread) {
    return {
      'm.relates_to': {
        rel_type: 'm.thread',
        event_id: thread.rootId,
        is_falling_back: answered === undefined,
        'm.in_reply_to': { event_id: answered?.id ?? thread.latestId },
      },
    };
  }
  return answered ? { 'm.relates_to': { 'm.in_reply_to': { event_id: answered.id } } } : {};
}

/** https://spec.matrix.org/latest/client-server-api/#event-replacements; only who was not called yet is called. */
export function editedMessage(written: Written, original: { id: string; content: JsonObject }): JsonObject {
  const before = isObject(original.content['m.mentions']) ? original.content['m.mentions'] : {};
  const called: readonly unknown[] = Array.isArray(before.user_ids) ? before.user_ids : [];
  const { html } = written;
  return {
    msgtype: original.content.msgtype ?? 'm.text',
    ...formatted({ ...written, body: `* ${written.body}`, html: html === undefined ? html : `* ${html}` }),
    'm.mentions': mentionsOf({
      ...written,
      userIds: written.userIds.filter((userId) => !called.includes(userId)),
      everybody: written.everybody && before.room !== true,
    }),
    'm.new_content': {
      msgtype: original.content.msgtype ?? 'm.text',
      ...formatted(written),
      'm.mentions': mentionsOf(written),
    },
    'm.relates_to': { rel_type: 'm.replace', event_id: original.id },
  };
}
