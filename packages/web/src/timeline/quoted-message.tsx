import type { Room } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { isObject, type JsonObject, text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { withoutReplyFallback } from './allowed-html.ts';
import { isErased } from './to-timeline-event.ts';

type Quoted = {
  readonly sender: string;
  readonly ts: number;
  readonly content: JsonObject;
  readonly deleted: boolean;
  /** Its author's account was erased. */
  readonly erased: boolean;
};
export type Fetched = Quoted | 'missing';
type QuotedState = Fetched | 'loading';

const LONGEST_PREVIEW = 180;

/** The message that a reply answers, in one line; a click leads to it. */
export function QuotedMessage({
  room,
  eventId,
  onShow,
}: {
  room: Room;
  eventId: string;
  onShow: (id: string) => void;
}) {
  const quoted = useQuoted(room, eventId);
  return (
    <button
      type="button"
      onClick={() => onShow(eventId)}
      className="my-0.5 flex max-w-[70ch] min-w-0 items-baseline gap-1.5 rounded-md border-s-[3px] border-line bg-transparent py-0.5 ps-2.5 pe-2 text-start text-sm text-ink-soft hover:border-accent hover:text-ink"
    >
      {quoted === 'loading' ? <span className="skeleton h-3 w-40" /> : null}
      {quoted === 'missing' ? <span>{t('message.quoteMissing')}</span> : null}
      {typeof quoted === 'object' ? (
        <>
          <span className="shrink-0 font-medium">{personIn(room, quoted.sender).name}</span>
          <span className={`truncate ${quoted.deleted || quoted.erased ? 'italic' : ''}`}>
            {quotedText(quoted)}
          </span>
        </>
      ) : null}
    </button>
  );
}

/** A message in one line of plain words. */
export function previewOf(content: JsonObject): string {
  if (content.msgtype === 'm.image') return t('message.picture');
  const name = text(content.filename) ?? text(content.body) ?? '';
  if (content.msgtype === 'm.file') return t('message.file', { name });
  if (content.msgtype === 'm.video') return t('message.video', { name });
  if (content.msgtype === 'm.audio') return t('message.audio', { name });
  return withoutReplyFallback(text(content.body) ?? '')
    .replace(/\s+/g, ' ')
    .slice(0, LONGEST_PREVIEW);
}

/** The same, or why there is nothing of it. */
export function quotedText({
  deleted,
  erased,
  content,
}: Pick<Quoted, 'deleted' | 'erased' | 'content'>): string {
  if (deleted) return t('message.deleted');
  return erased ? t('message.erased') : previewOf(content);
}

function useQuoted(room: Room, eventId: string): QuotedState {
  const { client } = useWorkspace();
  const [fetched, setFetched] = useState<QuotedState>('loading');
  const known = room.findEventById(eventId);

  useEffect(() => {
    if (known) return;
    let current = true;
    client.fetchRoomEvent(room.roomId, eventId).then(
      (event) => current && setFetched(readEvent(event)),
      () => current && setFetched('missing'),
    );
    return () => {
      current = false;
    };
  }, [client, room, eventId, known]);

  if (!known) return fetched;
  return {
    sender: known.getSender() ?? '',
    ts: known.getTs(),
    content: known.getContent(),
    deleted: known.isRedacted(),
    erased: isErased(known.getUnsigned()),
  };
}

/** A message as it is now, of an event as the server sent it. */
export function readEvent(event: unknown): Fetched {
  if (!isObject(event)) return 'missing';
  const unsigned = isObject(event.unsigned) ? event.unsigned : {};
  const relations = isObject(unsigned['m.relations']) ? unsigned['m.relations'] : {};
  const edit = isObject(relations['m.replace']) ? relations['m.replace'] : {};
  const edited = isObject(edit.content) ? edit.content['m.new_content'] : undefined;
  const original = isObject(event.content) ? event.content : {};
  return {
    sender: text(event.sender) ?? '',
    ts: typeof event.origin_server_ts === 'number' ? event.origin_server_ts : 0,
    content: isObject(edited) ? edited : original,
    deleted: unsigned.redacted_because !== undefined,
    erased: isErased(unsigned),
  };
}
