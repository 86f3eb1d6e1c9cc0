import { ArrowLeft } from 'lucide-react';
import { NotificationCountType, type Room } from 'matrix-js-sdk';
import { Fragment, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Composer, type ComposerMode } from '../composer/composer.tsx';
import { Button } from '../controls/button.tsx';
import { IconButton } from '../controls/icon-button.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { Panel } from '../frame/panel.tsx';
import { t } from '../i18n/translate.ts';
import { receiptTypeOf } from '../people/privacy.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { TimelineItem } from '../timeline/build-timeline.ts';
import { MessageRow } from '../timeline/message-row.tsx';
import { showMessage } from '../timeline/shown-message.ts';
import type { TimelineEvent } from '../timeline/timeline-event.ts';
import { openSidePanel } from './side-panel.ts';
import { ThreadTimeline } from './thread-timeline.ts';

const NEAR_BOTTOM_PX = 80;
const SETTLE_MS = 400;

type ThreadPanelProps = { room: Room; rootId: string; onClose: () => void };

/** One thread: the message it begins with, the replies, and where to write. */
export function ThreadPanel({ room, rootId, onClose }: ThreadPanelProps) {
  const { client } = useWorkspace();
  const [mode, setMode] = useState<ComposerMode>({ mode: 'new' });
  const timeline = useMemo(() => new ThreadTimeline(client, room, rootId), [client, room, rootId]);
  const { items, loading, hasOlder, failure } = useObservable(timeline.snapshot);
  useEffect(() => timeline.open(), [timeline]);
  const list = useStickyList(items);
  useThreadReceipts(timeline, room, rootId, items);

  const onReply = useCallback((event: TimelineEvent) => setMode({ mode: 'reply', event }), []);
  const onEdit = useCallback((event: TimelineEvent) => setMode({ mode: 'edit', event }), []);
  const onShow = useCallback(
    (eventId: string) => {
      const row = document.querySelector(`aside [data-event-id="${CSS.escape(eventId)}"]`);
      if (row) row.scrollIntoView({ block: 'center' });
      else showMessage(room.roomId, eventId);
    },
    [room],
  );
  const mayWrite =
    room.currentState.maySendEvent('m.room.message', client.getSafeUserId()) &&
    !room.hasEncryptionStateEvent();
  const lastOwn = () => {
    const found = items.findLast(
      (item) => item.kind === 'message' && item.event.sender === client.getUserId() && !item.event.redactedBy,
    );
    if (
      found?.kind === 'message' &&
      found.event.send.state === 'sent' &&
      found.content.msgtype === 'm.text' &&
      found.event.id !== rootId
    )
      onEdit({ ...found.event, content: found.content });
  };

  return (
    <Panel
      title={t('thread.title')}
      onClose={onClose}
      actions={
        <IconButton label={t('thread.list')} side="bottom" onClick={() => openSidePanel({ kind: 'threads' })}>
          <ArrowLeft className="size-4.5" />
        </IconButton>
      }
    >
      <div className="flex h-full flex-col">
        <div
          ref={list}
          role="log"
          aria-live="off"
          aria-label={t('thread.title')}
          className="min-h-0 flex-1 overflow-y-auto pt-2 pb-3"
        >
          {hasOlder ? (
            <div className="flex justify-center p-2">
              <Button variant="secondary" small busy={loading} onClick={timeline.loadOlder}>
                {t('thread.older')}
              </Button>
            </div>
          ) : null}
          {items.map((item, index) =>
            item.kind === 'message' ? (
              <Fragment key={item.key}>
                {index === 1 ? <Replies count={items.length - 1} more={hasOlder} /> : null}
                <MessageRow
                  item={item}
                  room={room}
                  flashing={false}
                  onReply={onReply}
                  onEdit={onEdit}
                  onShowMessage={onShow}
                  inThread
                />
              </Fragment>
            ) : null,
          )}
          {loading && items.length < 2 ? <div className="skeleton mx-6 my-3 h-12" /> : null}
          {failure ? (
            <div className="p-4">
              <Notice
                kind="error"
                action={
                  <Button variant="secondary" small onClick={timeline.loadOlder}>
                    {t('app.retry')}
                  </Button>
                }
              >
                {t('thread.failed', { reason: failure })}
              </Notice>
            </div>
          ) : null}
        </div>
        {mayWrite ? (
          <div className="pb-4">
            <Composer
              room={room}
              placeholder={t('composer.placeholderThread')}
              mode={mode}
              onMode={setMode}
              onSent={() => list.current?.scrollTo({ top: list.current.scrollHeight })}
              onEditLast={lastOwn}
              thread={{ rootId, latestId: () => timeline.latestId() }}
            />
          </div>
        ) : null}
      </div>
    </Panel>
  );
}

/** Between the message a thread begins with and the replies. */
function Replies({ count, more }: { count: number; more: boolean }) {
  return (
    <div className="flex items-center gap-3 px-4 pt-3 text-xs text-ink-quiet pane:px-6">
      {more ? null : <span>{t('thread.replies', { count })}</span>}
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

/** Stays at the newest reply unless the person scrolled up. */
function useStickyList(items: readonly TimelineItem[]) {
  const list = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const onScroll = () => {
      stuck.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_BOTTOM_PX;
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new items are what to scroll to.
  useEffect(() => {
    if (stuck.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [items]);
  return list;
}

/** Says what has been read in this thread: https://spec.matrix.org/latest/client-server-api/#threaded-read-receipts */
function useThreadReceipts(
  timeline: ThreadTimeline,
  room: Room,
  rootId: string,
  items: readonly TimelineItem[],
): void {
  const { client } = useWorkspace();
  const sent = useRef('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: new items are what there is to read.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = () => {
      if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        const event = timeline.latest();
        const id = event?.getId();
        if (!event || !id || id === sent.current) return;
        sent.current = id;
        client.sendReceipt(event, receiptTypeOf(client), { thread_id: rootId }, true).then(
          () => {
            room.setThreadUnreadNotificationCount(rootId, NotificationCountType.Total, 0);
            room.setThreadUnreadNotificationCount(rootId, NotificationCountType.Highlight, 0);
          },
          (problem: unknown) => {
            // The next reply, or the next look at the thread, sends it again.
            sent.current = '';
            console.warn('The read receipt was not taken.', problem);
          },
        );
      }, SETTLE_MS);
    };
    read();
    window.addEventListener('focus', read);
    document.addEventListener('visibilitychange', read);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('focus', read);
      document.removeEventListener('visibilitychange', read);
    };
  }, [client, timeline, room, rootId, items]);
}
