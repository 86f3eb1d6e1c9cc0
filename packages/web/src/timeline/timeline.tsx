import { ArrowDown, LoaderCircle } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import { Button } from '../controls/button.tsx';
import { useObservable } from '../frame/observable.ts';
import { say } from '../frame/toasts.tsx';
import { formatDay } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import type { TimelineItem } from './build-timeline.ts';
import { holdPlace } from './hold-place.ts';
import { MessageRow } from './message-row.tsx';
import { noticeText } from './notice-text.ts';
import { useReadReceipts } from './read-receipts.ts';
import { RoomBeginning } from './room-beginning.tsx';
import type { RoomTimeline } from './room-timeline.ts';
import { shownMessage } from './shown-message.ts';
import { useSticking } from './stick-to-bottom.ts';
import type { TimelineEvent } from './timeline-event.ts';

type TimelineProps = {
  room: Room;
  timeline: RoomTimeline;
  onReply: (event: TimelineEvent) => void;
  onEdit: (event: TimelineEvent) => void;
  /** Counts up when the person sent something: the newest message is shown. */
  sent: number;
};

const FLASH_MS = 2000;
const NEAR_BOTTOM_PX = 80;
/** A screenful: with fewer items than this, older ones are fetched at once. */
const ENOUGH_ITEMS = 25;

export function Timeline({ room, timeline, onReply, onEdit, sent }: TimelineProps) {
  const snapshot = useObservable(timeline.snapshot);
  const list = useRef<VirtuosoHandle>(null);
  const [atBottom, setAtBottom] = useState(true);
  const [flashing, setFlashing] = useState('');
  const { items, firstIndex, generation } = snapshot;
  const firstNew = useMemo(
    () => timeline.snapshot.get().items.findIndex((item) => item.kind === 'new'),
    [timeline],
  );
  const { stuck, scroller, scrollerRef } = useSticking(firstNew < 0);
  const loadOlder = useCallback(() => void timeline.loadOlder(), [timeline]);
  useReadReceipts(timeline, room, atBottom, items);

  useEffect(() => {
    if (items.length < ENOUGH_ITEMS && snapshot.hasOlder && !snapshot.failure) loadOlder();
  }, [items, snapshot.hasOlder, snapshot.failure, loadOlder]);

  useEffect(() => {
    timeline.onBeforeOlder = () => {
      if (scroller.current && !stuck.current) holdPlace(scroller.current);
    };
    return () => {
      timeline.onBeforeOlder = () => undefined;
    };
  }, [timeline, scroller, stuck]);

  // The composer grows, a line appears above it, the window is resized: the newest message stays in view.
  useEffect(() => {
    const element = scroller.current;
    if (!element || generation < 0) return;
    const observer = new ResizeObserver(() => {
      if (stuck.current) list.current?.scrollToIndex({ index: 'LAST', align: 'end' });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, stuck, generation]);

  useEffect(() => {
    window.addEventListener('blur', timeline.rememberRead);
    return () => window.removeEventListener('blur', timeline.rememberRead);
  }, [timeline]);

  useEffect(() => {
    if (sent === 0) return;
    stuck.current = true;
    list.current?.scrollToIndex({ index: 'LAST', align: 'end' });
  }, [sent, stuck]);

  const showMessage = useCallback(
    async (eventId: string) => {
      const index = await timeline.find(eventId);
      if (index === undefined) {
        say(t('timeline.quoteNotFound'));
        return;
      }
      stuck.current = false;
      list.current?.scrollToIndex({ index: index - timeline.snapshot.get().firstIndex, align: 'center' });
      setFlashing(eventId);
      setTimeout(() => setFlashing(''), FLASH_MS);
    },
    [timeline, stuck],
  );

  const wanted = useObservable(shownMessage);
  useEffect(() => {
    if (wanted?.roomId !== room.roomId) return;
    shownMessage.set(undefined);
    void showMessage(wanted.eventId);
  }, [wanted, room, showMessage]);

  const renderItem = (_: number, item: TimelineItem) => {
    switch (item.kind) {
      case 'beginning':
        return <RoomBeginning room={room} />;
      case 'day':
        return <DaySeparator ts={item.ts} />;
      case 'new':
        return <NewLine />;
      case 'notice':
        return <Notices events={item.events} room={room} />;
      case 'message':
        return (
          <MessageRow
            item={item}
            room={room}
            flashing={flashing === item.event.id}
            onReply={onReply}
            onEdit={onEdit}
            onShowMessage={showMessage}
          />
        );
    }
  };

  return (
    <div className="relative min-h-0 flex-1">
      <Virtuoso
        key={generation}
        ref={list}
        className="h-full overflow-x-hidden outline-none"
        role="log"
        aria-live="off"
        aria-label={t('timeline.label', { room: room.name })}
        data={items}
        firstItemIndex={firstIndex}
        initialTopMostItemIndex={
          firstNew > 0 ? { index: firstNew, align: 'center' } : { index: 'LAST', align: 'end' }
        }
        alignToBottom
        atBottomThreshold={NEAR_BOTTOM_PX}
        atBottomStateChange={(bottom) => {
          setAtBottom(bottom);
          if (bottom) stuck.current = true;
        }}
        followOutput={() => (stuck.current ? 'auto' : false)}
        totalListHeightChanged={() => {
          if (stuck.current) list.current?.autoscrollToBottom();
        }}
        scrollerRef={scrollerRef}
        increaseViewportBy={{ top: 900, bottom: 300 }}
        startReached={loadOlder}
        computeItemKey={(_, item) => item.key}
        itemContent={renderItem}
        components={LIST_PARTS}
        context={{ hasOlder: snapshot.hasOlder, failure: snapshot.failure, onRetry: loadOlder }}
      />
      {atBottom ? null : (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            variant="secondary"
            small
            className="rounded-full shadow-float"
            icon={<ArrowDown className="size-4" aria-hidden />}
            onClick={() => list.current?.scrollToIndex({ index: 'LAST', align: 'end' })}
          >
            {t('timeline.toNewest')}
          </Button>
        </div>
      )}
    </div>
  );
}

type ListContext = { hasOlder: boolean; failure: string; onRetry: () => void };

/** Their heights never change, so that nothing moves; the lower one is a little air above the composer. */
const LIST_PARTS = {
  Header: ({ context }: { context?: ListContext }) =>
    context?.hasOlder ? <OlderMessages {...context} /> : <div className="h-12" />,
  Footer: () => <div className="h-3" />,
};

function OlderMessages({ failure, onRetry }: { failure: string; onRetry: () => void }) {
  return (
    <div className="flex h-12 items-center justify-center gap-3 text-sm text-ink-quiet">
      {failure ? (
        <>
          <span>{t('timeline.olderFailed')}</span>
          <Button variant="secondary" small onClick={onRetry}>
            {t('app.retry')}
          </Button>
        </>
      ) : (
        <>
          <LoaderCircle className="spin size-4" aria-hidden />
          <span>{t('timeline.loadingOlder')}</span>
        </>
      )}
    </div>
  );
}

function DaySeparator({ ts }: { ts: number }) {
  return (
    <div className="flex items-center gap-3 px-4 pt-5 pb-2 pane:px-6">
      <span className="h-px flex-1 bg-line" />
      <h2 className="text-xs font-medium text-ink-quiet">{formatDay(ts)}</h2>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

function NewLine() {
  return (
    <div className="flex items-center gap-3 px-4 py-1.5 pane:px-6">
      <span className="h-px flex-1 bg-accent" />
      <span className="text-xs font-semibold text-accent">{t('timeline.new')}</span>
    </div>
  );
}

const NOTICES_SHOWN = 3;

function Notices({ events, room }: { events: readonly TimelineEvent[]; room: Room }) {
  const [all, setAll] = useState(false);
  const nameOf = (userId: string) => personIn(room, userId).name;
  const shown = all || events.length <= NOTICES_SHOWN + 1 ? events : events.slice(-NOTICES_SHOWN);
  return (
    <div className="px-4 py-1 ps-[60px] text-sm text-ink-quiet pane:ps-[72px] pane:pe-6">
      {shown.length < events.length ? (
        <button
          type="button"
          className="rounded font-medium underline decoration-line underline-offset-2 hover:text-ink"
          onClick={() => setAll(true)}
        >
          {t('timeline.moreNotices', { count: events.length - shown.length })}
        </button>
      ) : null}
      {shown.map((event) => (
        <p key={event.key} className="max-w-[70ch] [overflow-wrap:anywhere]">
          {noticeText(event, nameOf)}
        </p>
      ))}
    </div>
  );
}
