import type { ReactNode } from 'react';
import { t } from '../i18n/translate.ts';
import { isObject, text } from '../session/matrix-request.ts';
import { findLinks, withoutHtmlReplyFallback, withoutReplyFallback } from './allowed-html.ts';
import type { MessageItem } from './build-timeline.ts';
import { FileAttachment } from './file-attachment.tsx';
import { FormattedBody, isOneLine } from './formatted-body.tsx';
import { ImageAttachment } from './image-attachment.tsx';
import { MediaAttachment } from './media-attachment.tsx';
import { openMessageDialog } from './message-dialogs.ts';
import { MessageLink } from './message-link.tsx';

/** What a message says, by its type; what cannot be shown is shown as its plain body. */
export function MessageBody({ item, roomId, name }: { item: MessageItem; roomId: string; name: string }) {
  const { content, event } = item;
  if (event.type === 'm.room.encrypted')
    return <p className="text-ink-quiet italic">{t('message.encrypted')}</p>;
  if (event.erased) return <p className="text-ink-quiet italic">{t('message.erased')}</p>;
  const edited = item.edited ? <EditedMark roomId={roomId} eventId={event.id} /> : null;
  const attachment = attachmentOf(item);
  if (attachment) {
    const captioned = content.filename !== undefined && content.body !== content.filename;
    return (
      <>
        {attachment}
        {captioned ? <Said item={item} edited={edited} /> : edited}
      </>
    );
  }
  const quiet = content.msgtype === 'm.notice' ? 'text-ink-soft' : '';
  return (
    <div className={quiet}>
      <Said item={item} edited={edited} actor={content.msgtype === 'm.emote' ? name : undefined} />
    </div>
  );
}

function attachmentOf({ content, event }: MessageItem) {
  if (event.type === 'm.sticker' || content.msgtype === 'm.image')
    return <ImageAttachment content={content} />;
  if (content.msgtype === 'm.video' || content.msgtype === 'm.audio')
    return <MediaAttachment content={content} kind={content.msgtype === 'm.video' ? 'video' : 'audio'} />;
  if (content.msgtype !== 'm.file') return undefined;
  const info = isObject(content.info) ? content.info : {};
  const name = text(content.filename) ?? text(content.body) ?? '';
  return <FileAttachment name={name} mxc={text(content.url)} size={info.size} />;
}

/** `actor` is who does what is said. */
function Said({ item, edited, actor }: { item: MessageItem; edited: ReactNode; actor?: string | undefined }) {
  const { content } = item;
  const body = text(content.body) ?? '';
  const html = content.format === 'org.matrix.custom.html' ? text(content.formatted_body) : undefined;
  if (!html && !body.trim()) return <p className="text-ink-quiet italic">{t('message.empty')}</p>;
  return (
    <Words
      body={item.inReplyTo ? withoutReplyFallback(body) : body}
      html={html && withoutHtmlReplyFallback(html)}
      before={actor ? <em className="pe-1">* {actor}</em> : null}
      after={edited}
    />
  );
}

type WordsProps = {
  body: string;
  html: string | undefined;
  before?: ReactNode;
  after?: ReactNode;
};

/** The words of a message. */
export function Words({ body, html, before, after }: WordsProps) {
  if (html && !isOneLine(html)) {
    return (
      <>
        {before}
        <FormattedBody html={html} />
        {after}
      </>
    );
  }
  return (
    <p dir="auto" className={`[overflow-wrap:anywhere] ${html ? '' : 'whitespace-pre-wrap'}`}>
      {before}
      {html ? <FormattedBody html={html} /> : <PlainText body={body} />} {after}
    </p>
  );
}

function PlainText({ body }: { body: string }) {
  return findLinks(body).map((part, index) =>
    part.href ? (
      <MessageLink key={index} href={part.href}>
        {part.text}
      </MessageLink>
    ) : (
      part.text
    ),
  );
}

function EditedMark({ roomId, eventId }: { roomId: string; eventId: string }) {
  return (
    <button
      type="button"
      title={t('history.show')}
      className="rounded text-xs whitespace-nowrap text-ink-quiet hover:text-ink hover:underline"
      onClick={() => openMessageDialog({ kind: 'history', roomId, eventId })}
    >
      {t('message.edited')}
    </button>
  );
}
