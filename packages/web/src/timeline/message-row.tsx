import { CircleAlert } from 'lucide-react';
import { EventType, type Room } from 'matrix-js-sdk';
import { memo, useState } from 'react';
import { discardMessage, retryMessage } from '../composer/send-message.ts';
import { formatFull, formatTime } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { ImitationMark } from '../people/imitation-mark.tsx';
import { OrganisationBadge } from '../people/organisation-badge.tsx';
import { personIn } from '../people/person.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { MessageItem } from './build-timeline.ts';
import { MessageActions } from './message-actions.tsx';
import { MessageBody } from './message-body.tsx';
import { QuotedMessage } from './quoted-message.tsx';
import { Reactions } from './reactions.tsx';
import { Readers } from './readers.tsx';
import { SendMark, useOwnDelivery, WaitingLine } from './send-mark.tsx';
import { ThreadSummaryButton } from './thread-summary-button.tsx';
import type { TimelineEvent } from './timeline-event.ts';

type MessageRowProps = {
  item: MessageItem;
  room: Room;
  flashing: boolean;
  onReply: (event: TimelineEvent) => void;
  onEdit: (event: TimelineEvent) => void;
  onShowMessage: (eventId: string) => void;
  /** It is shown in its thread. */
  inThread?: boolean;
};

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { item, room } = props;
  const { serverName, client } = useWorkspace();
  const { event } = item;
  const person = item.author ?? personIn(room, event.sender);
  const remote = person.organisation !== serverName;
  const mine = event.sender === client.getUserId();
  const delivery = useOwnDelivery(room.roomId, event, mine && isShared(room));
  const mentioned = !mine && mentions(item, client.getSafeUserId());
  // Its menu and buttons are most of what a row costs, and most rows are only scrolled past.
  const [near, setNear] = useState(false);
  const come = () => setNear(true);

  return (
    <article
      // In the list the arrow keys lead here.
      tabIndex={props.inThread ? 0 : -1}
      onPointerEnter={come}
      onFocus={come}
      data-event-id={event.id}
      aria-label={t('message.label', {
        name: person.ambiguous ? person.userId : person.name,
        time: formatTime(event.ts),
      })}
      className={`group relative flex gap-3 px-4 focus-visible:z-10 focus-visible:-outline-offset-2 pane:px-6 ${item.startsGroup ? 'pt-3 pb-0.5' : 'py-0.5'} ${
        mentioned ? 'bg-mention-wash' : 'hover:bg-sunken focus-within:bg-sunken'
      } ${props.flashing ? 'flash' : ''}`}
    >
      {item.startsGroup ? (
        <span className="w-9 shrink-0 pt-0.5">
          <Avatar userId={person.userId} name={person.name} avatar={person.avatar} />
        </span>
      ) : (
        <time
          dateTime={new Date(event.ts).toISOString()}
          className="w-9 shrink-0 pt-[3px] text-end text-[11px] text-ink-quiet tabular-nums opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"
        >
          {formatTime(event.ts)}
        </time>
      )}
      <div className="min-w-0 flex-1">
        {item.startsGroup ? (
          <header className="flex min-w-0 items-center gap-2 leading-5">
            <span dir="auto" className="truncate font-semibold" title={person.userId}>
              {person.name}
            </span>
            {mine ? null : <ImitationMark name={person.name} userId={person.userId} />}
            {person.ambiguous ? (
              <span className="min-w-0 truncate text-xs text-ink-quiet">{person.userId}</span>
            ) : null}
            {remote ? <OrganisationBadge name={person.organisation} /> : null}
            <time
              dateTime={new Date(event.ts).toISOString()}
              title={formatFull(event.ts)}
              className="shrink-0 text-xs text-ink-quiet tabular-nums"
            >
              {formatTime(event.ts)}
            </time>
          </header>
        ) : null}
        {item.inReplyTo && !event.redactedBy ? (
          <QuotedMessage room={room} eventId={item.inReplyTo} onShow={props.onShowMessage} />
        ) : null}
        <div className="flex items-end gap-2">
          <div className="max-w-[70ch] min-w-0 text-read">
            {event.redactedBy ? (
              <p className="text-ink-quiet italic">{deletedText(item, room)}</p>
            ) : (
              <MessageBody item={item} roomId={room.roomId} name={person.name} />
            )}
          </div>
          {mine && !event.redactedBy ? <SendMark event={event} delivery={delivery} /> : null}
        </div>
        {mine && !event.redactedBy ? <WaitingLine event={event} delivery={delivery} /> : null}
        {event.send.state === 'failed' ? (
          <FailedMessage event={event} reason={event.send.reason} room={room} />
        ) : null}
        {item.reactions.length > 0 ? <Reactions item={item} room={room} /> : null}
        {item.thread && !props.inThread ? (
          <ThreadSummaryButton room={room} rootId={event.id} thread={item.thread} />
        ) : null}
      </div>
      <Readers room={room} userIds={item.readers} />
      {near && event.send.state === 'sent' && !event.redactedBy ? (
        <MessageActions
          item={item}
          room={room}
          onReply={props.onReply}
          onEdit={props.onEdit}
          inThread={props.inThread === true}
        />
      ) : null}
    </article>
  );
}, sameRow);

function sameRow(before: MessageRowProps, after: MessageRowProps): boolean {
  return (
    before.flashing === after.flashing &&
    before.room === after.room &&
    before.onReply === after.onReply &&
    before.onEdit === after.onEdit &&
    before.onShowMessage === after.onShowMessage &&
    fingerprint(before.item) === fingerprint(after.item)
  );
}

/** A room of this organisation only has nobody to deliver to. */
const isShared = (room: Room): boolean =>
  room.currentState.getStateEvents(EventType.RoomCreate, '')?.getContent()['m.federate'] !== false;

function fingerprint({
  event,
  content,
  edited,
  startsGroup,
  inReplyTo,
  reactions,
  thread,
  readers,
  author,
}: MessageItem): string {
  return JSON.stringify([
    event.id,
    event.send,
    event.redactedBy,
    content,
    edited,
    startsGroup,
    inReplyTo,
    reactions,
    thread,
    readers,
    author,
  ]);
}

function mentions(item: MessageItem, userId: string): boolean {
  const list = item.event.content['m.mentions'];
  if (typeof list !== 'object' || list === null) return false;
  const userIds = 'user_ids' in list ? list.user_ids : undefined;
  return ('room' in list && list.room === true) || (Array.isArray(userIds) && userIds.includes(userId));
}

function deletedText({ event }: MessageItem, room: Room): string {
  return event.redactedBy && event.redactedBy !== event.sender
    ? t('message.deletedBy', { name: personIn(room, event.redactedBy).name })
    : t('message.deleted');
}

function FailedMessage({ event, reason, room }: { event: TimelineEvent; reason: string; room: Room }) {
  const { client } = useWorkspace();
  return (
    <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      <span className="flex items-center gap-1.5 text-danger">
        <CircleAlert className="size-4 shrink-0" aria-hidden />
        {t('message.failed', { reason })}
      </span>
      <button
        type="button"
        className="rounded font-medium text-accent hover:underline"
        onClick={() => retryMessage(client, room, event.id)}
      >
        {t('app.retry')}
      </button>
      <button
        type="button"
        className="rounded font-medium text-ink-soft hover:underline"
        onClick={() => discardMessage(client, room, event.id)}
      >
        {t('message.discard')}
      </button>
    </div>
  );
}
