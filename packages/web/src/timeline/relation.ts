import { isObject, type JsonObject, text } from '../session/matrix-request.ts';

/** What an event relates to: https://spec.matrix.org/latest/client-server-api/#forming-relationships-between-events */
export type Relation = {
  readonly relType: string | undefined;
  readonly eventId: string | undefined;
  readonly key: string | undefined;
  /** The message that is answered; in a thread only when it is meant. */
  readonly inReplyTo: string | undefined;
  readonly threadRoot: string | undefined;
};

const NONE: Relation = {
  relType: undefined,
  eventId: undefined,
  key: undefined,
  inReplyTo: undefined,
  threadRoot: undefined,
};

export function relationOf(content: JsonObject): Relation {
  const relates = content['m.relates_to'];
  if (!isObject(relates)) return NONE;
  const reply = relates['m.in_reply_to'];
  const relType = text(relates.rel_type);
  const eventId = text(relates.event_id);
  const inThread = relType === 'm.thread';
  return {
    relType,
    eventId,
    key: text(relates.key),
    inReplyTo:
      isObject(reply) && !(inThread && relates.is_falling_back === true) ? text(reply.event_id) : undefined,
    threadRoot: inThread ? eventId : undefined,
  };
}
