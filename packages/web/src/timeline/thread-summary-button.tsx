import { MessagesSquare } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { personIn } from '../people/person.ts';
import { openThread } from '../threads/side-panel.ts';
import { useThreadCounts } from '../threads/thread-counts.ts';
import type { ThreadSummary } from './thread-summary.ts';

type ThreadSummaryButtonProps = { room: Room; rootId: string; thread: ThreadSummary };

/** Under the message that a thread begins with: how much was said, by whom last. */
export function ThreadSummaryButton({ room, rootId, thread }: ThreadSummaryButtonProps) {
  const { unread, highlights } = useThreadCounts(room, rootId);
  const latest = personIn(room, thread.latestSender);
  const replies = t('thread.replies', { count: thread.count });
  return (
    <button
      type="button"
      title={t('thread.open')}
      onClick={() => openThread(rootId)}
      className="mt-1 mb-0.5 inline-flex max-w-full items-center gap-2 rounded-lg border border-line bg-surface py-1 ps-1.5 pe-2.5 text-sm hover:border-edge"
    >
      <Avatar userId={latest.userId} name={latest.name} avatar={latest.avatar} size={20} />
      <MessagesSquare className="ms-1 size-3.5 shrink-0 text-accent" aria-hidden />
      <span className="font-medium text-accent">{replies}</span>
      <span className="truncate text-xs text-ink-quiet">
        {t('thread.lastReply', { time: formatSince(thread.latestTs) })}
      </span>
      {unread > 0 ? (
        <span
          role="img"
          aria-label={t('thread.unread', { count: unread })}
          className={`rounded-full px-1.5 text-xs font-semibold tabular-nums ${highlights > 0 ? 'bg-danger text-on-danger' : 'bg-accent text-on-accent'}`}
        >
          {unread}
        </span>
      ) : null}
    </button>
  );
}
