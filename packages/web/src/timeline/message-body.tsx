import { Download, FileText } from 'lucide-react';
import { useState } from 'react';
import { say } from '../frame/toasts.tsx';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { downloadMedia } from '../media/authenticated-media.ts';
import { isObject, text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { findLinks, withoutHtmlReplyFallback, withoutReplyFallback } from './allowed-html.ts';
import type { MessageItem } from './build-timeline.ts';
import { FormattedBody } from './formatted-body.tsx';
import { ImageAttachment } from './image-attachment.tsx';

/** What a message says, by its type; what cannot be shown is shown as its plain body. */
export function MessageBody({ item }: { item: MessageItem }) {
  const { content, event } = item;
  const body = text(content.body) ?? '';
  if (event.type === 'm.room.encrypted')
    return <p className="text-ink-quiet italic">{t('message.encrypted')}</p>;
  if (event.type === 'm.sticker' || content.msgtype === 'm.image')
    return <ImageAttachment content={content} />;
  if (content.msgtype === 'm.file' || content.msgtype === 'm.video' || content.msgtype === 'm.audio')
    return (
      <FileAttachment name={text(content.filename) ?? body} mxc={text(content.url)} info={content.info} />
    );
  const html = content.format === 'org.matrix.custom.html' ? text(content.formatted_body) : undefined;
  const edited = item.edited ? <EditedMark /> : null;
  const quiet = content.msgtype === 'm.notice' ? 'text-ink-soft' : '';
  if (html) {
    return (
      <div className={quiet}>
        {content.msgtype === 'm.emote' ? '* ' : null}
        <FormattedBody html={withoutHtmlReplyFallback(html)} />
        {edited}
      </div>
    );
  }
  if (!body.trim()) return <p className="text-ink-quiet italic">{t('message.empty')}</p>;
  return (
    <p dir="auto" className={`whitespace-pre-wrap [overflow-wrap:anywhere] ${quiet}`}>
      {content.msgtype === 'm.emote' ? '* ' : null}
      <PlainText body={item.inReplyTo ? withoutReplyFallback(body) : body} /> {edited}
    </p>
  );
}

function PlainText({ body }: { body: string }) {
  return findLinks(body).map((part, index) =>
    part.href ? (
      <a
        key={index}
        href={part.href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="text-accent underline decoration-1 underline-offset-2"
      >
        {part.text}
      </a>
    ) : (
      part.text
    ),
  );
}

const EditedMark = () => (
  <span className="text-xs whitespace-nowrap text-ink-quiet">{t('message.edited')}</span>
);

function FileAttachment({ name, mxc, info }: { name: string; mxc: string | undefined; info: unknown }) {
  const { client } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const size = isObject(info) && typeof info.size === 'number' ? formatSize(info.size) : '';

  async function save() {
    if (!mxc) return;
    setBusy(true);
    try {
      const address = URL.createObjectURL(
        new Blob([await downloadMedia(client, mxc)], { type: 'application/octet-stream' }),
      );
      const link = document.createElement('a');
      link.href = address;
      link.download = name || 'file';
      link.click();
      URL.revokeObjectURL(address);
    } catch {
      say(t('file.failed', { name }));
    }
    setBusy(false);
  }

  return (
    <button
      type="button"
      onClick={save}
      disabled={busy || !mxc}
      className="mt-1 flex w-full max-w-[360px] items-center gap-3 rounded-lg border border-line bg-surface px-3 py-2.5 text-start text-base hover:bg-hover"
    >
      <FileText className="size-5 shrink-0 text-ink-soft" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{name}</span>
        <span className="block text-sm text-ink-quiet">
          {busy ? t('file.loading') : size || t('file.save')}
        </span>
      </span>
      <Download className="size-4 shrink-0 text-ink-soft" aria-hidden />
    </button>
  );
}
