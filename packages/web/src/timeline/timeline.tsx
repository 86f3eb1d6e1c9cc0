import { ArrowDown, LoaderCircle } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { useObservable } from '../frame/observable.ts';
import { say } from '../frame/say.ts';
import { formatDay } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { BottomList, type BottomListHandle } from './bottom-list.tsx';
import type { TimelineItem } from './build-timeline.ts';
import { GapRow } from './gap-row.tsx';
import type { HistoryGap } from './history-gaps.ts';
import { moveBetweenMessages } from './message-keys.ts';
import { MessageRow } from './message-row.tsx';
import { noticeText } from './notice-text.ts';
import { useReadReceipts } from './read-receipts.ts';
import { RoomBeginning } from './room-beginning.tsx';
import type { RoomTimeline } from './room-timeline.ts';
import { shownMessage } from './shown-message.ts';
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

export function Timeline({ room, timeline, onReply, onEdit, sent }: TimelineProps) {
  const snapshot = useObservable(timeline.snapshot);
  const list = useRef<BottomListHandle>(null);
  const [atBottom, setAtBottom] = useState(true);
  const [flashing, setFlashing] = useState('');
  const { items, hasOlder, failure } = snapshot;
  const firstNew = useMemo(
    () => timeline.snapshot.get().items.find((item) => item.kind === 'new')?.key,
    [timeline],
  );
  const loadOlder = useCallback(() => void timeline.loadOlder(), [timeline]);
  const loadOlderUnasked = useCallback(() => {
    if (!timeline.snapshot.get().failure) void timeline.loadOlder();
  }, [timeline]);
  useReadReceipts(timeline, room, atBottom, items);

  useEffect(() => {
    window.addEventListener('blur', timeline.rememberRead);
    return () => window.removeEventListener('blur', timeline.rememberRead);
  }, [timeline]);

  useEffect(() => {
    if (sent > 0) list.current?.toEnd();
  }, [sent]);

  const showMessage = useCallback(
    async (eventId: string) => {
      const key = await timeline.find(eventId);
      if (key === undefined) {
        say(t('timeline.quoteNotFound'));
        return;
      }
      list.current?.show(key);
      setFlashing(eventId);
      setTimeout(() => setFlashing(''), FLASH_MS);
    },
    [timeline],
  );

  const wanted = useObservable(shownMessage);
  useEffect(() => {
    if (wanted?.roomId !== room.roomId) return;
    shownMessage.set(undefined);
    void showMessage(wanted.eventId);
  }, [wanted, room, showMessage]);

  const retryGap = async (gap: HistoryGap) => {
    await timeline.retryGap(gap);
    list.current?.takeFocus();
  };

  const renderItem = (item: TimelineItem) => {
    switch (item.kind) {
      case 'beginning':
        return <RoomBeginning room={room} />;
      case 'day':
        return <DaySeparator ts={item.ts} />;
      case 'new':
        return <NewLine />;
      case 'gap':
        return <GapRow gap={item.gap} onRetry={retryGap} />;
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
    // biome-ignore lint/a11y/noStaticElementInteractions: the list inside has the focus; its keys come up to here.
    <div className="relative min-h-0 flex-1" onKeyDown={moveBetweenMessages}>
      <BottomList
        items={items}
        render={renderItem}
        header={hasOlder ? <OlderMessages failure={failure} onRetry={loadOlder} /> : <div className="h-12" />}
        label={t('timeline.label', { room: room.name })}
        beginAt={firstNew}
        onNearBeginning={loadOlderUnasked}
        onNearEnd={setAtBottom}
        handle={list}
      />
      {atBottom ? null : (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            variant="secondary"
            small
            className="rounded-full shadow-float"
            icon={<ArrowDown className="size-4" aria-hidden />}
            onClick={() => list.current?.toEnd()}
          >
            {t('timeline.toNewest')}
          </Button>
        </div>
      )}
    </div>
  );
}

/** As high as what stands in its place without older messages, so that nothing moves. */
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
