import { MessagesSquare, Pin } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { IconButton } from '../controls/icon-button.tsx';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { usePins } from './pins.ts';
import { closeSidePanel, openSidePanel, type SidePanel, sidePanel } from './side-panel.ts';
import { useThreadCounts } from './thread-counts.ts';

/** The buttons of a room's header for its threads and its pinned messages. */
export function RoomTools({ room }: { room: Room }) {
  const side = useObservable(sidePanel);
  const pins = usePins(room);
  const { unread, highlights } = useThreadCounts(room);
  const toggle = (kind: 'threads' | 'pins') => {
    if (side?.kind === kind) closeSidePanel();
    else openSidePanel({ kind } satisfies SidePanel);
  };
  return (
    <>
      {pins.length > 0 ? (
        <button
          type="button"
          aria-pressed={side?.kind === 'pins'}
          aria-label={t('pins.count', { count: pins.length })}
          title={t('pins.count', { count: pins.length })}
          onClick={() => toggle('pins')}
          className="inline-flex h-8 shrink-0 items-center gap-1.5 rounded-lg px-2 text-ink-soft tabular-nums hover:bg-hover hover:text-ink aria-pressed:bg-selected aria-pressed:text-ink"
        >
          <Pin className="size-4" aria-hidden />
          {pins.length}
        </button>
      ) : null}
      <span className="relative inline-flex">
        <IconButton
          label={
            unread > 0 ? `${t('thread.list')}, ${t('thread.unread', { count: unread })}` : t('thread.list')
          }
          side="bottom"
          pressed={side?.kind === 'threads'}
          onClick={() => toggle('threads')}
        >
          <MessagesSquare className="size-4.5" />
        </IconButton>
        {unread > 0 ? (
          <span
            aria-hidden
            className={`pointer-events-none absolute end-0.5 top-0.5 size-2.5 rounded-full border-2 border-surface ${highlights > 0 ? 'bg-danger' : 'bg-accent'}`}
          />
        ) : null}
      </span>
    </>
  );
}
