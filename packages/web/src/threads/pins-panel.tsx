import { PinOff } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { IconButton } from '../controls/icon-button.tsx';
import { Panel } from '../frame/panel.tsx';
import { formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { personIn } from '../people/person.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { type Fetched, quotedText, readEvent } from '../timeline/quoted-message.tsx';
import { showMessage } from '../timeline/shown-message.ts';
import { mayPin, setPinned, usePins } from './pins.ts';
import { closeSidePanel } from './side-panel.ts';

/** The pinned messages of a room, the newest first. */
export function PinsPanel({ room, onClose }: { room: Room; onClose: () => void }) {
  const pins = usePins(room);
  return (
    <Panel title={t('pins.title')} onClose={onClose}>
      {pins.length === 0 ? <p className="p-5 text-ink-soft">{t('pins.empty')}</p> : null}
      <ul className="flex flex-col p-2">
        {pins.toReversed().map((eventId) => (
          <PinnedMessage key={eventId} room={room} eventId={eventId} />
        ))}
      </ul>
    </Panel>
  );
}

function PinnedMessage({ room, eventId }: { room: Room; eventId: string }) {
  const { client } = useWorkspace();
  const [message, setMessage] = useState<Fetched>();

  useEffect(() => {
    let current = true;
    client.fetchRoomEvent(room.roomId, eventId).then(
      (event) => current && setMessage(readEvent(event)),
      () => current && setMessage('missing'),
    );
    return () => {
      current = false;
    };
  }, [client, room, eventId]);

  const shown = typeof message === 'object' ? message : undefined;
  const author = shown ? personIn(room, shown.sender) : undefined;
  return (
    <li className="group flex items-start gap-1 rounded-lg hover:bg-hover">
      <button
        type="button"
        onClick={() => {
          showMessage(room.roomId, eventId);
          // There it covers the room.
          if (window.matchMedia('(width < 1100px)').matches) closeSidePanel();
        }}
        className="flex min-w-0 flex-1 items-start gap-3 rounded-lg px-3 py-2.5 text-start"
      >
        {author ? (
          <Avatar userId={author.userId} name={author.name} avatar={author.avatar} size={28} />
        ) : null}
        <span className="min-w-0 flex-1">
          {message === undefined ? <span className="skeleton block h-10" /> : null}
          {message === 'missing' ? <span className="text-ink-soft">{t('pins.missing')}</span> : null}
          {shown && author ? (
            <>
              <span className="flex items-baseline gap-2">
                <span className="truncate font-medium">{author.name}</span>
                <span className="shrink-0 text-xs text-ink-quiet tabular-nums">{formatSince(shown.ts)}</span>
              </span>
              <span className="line-clamp-3 [overflow-wrap:anywhere] text-ink-soft">{quotedText(shown)}</span>
            </>
          ) : null}
        </span>
      </button>
      {mayPin(client, room) ? (
        <IconButton
          label={t('message.unpin')}
          side="left"
          className="mt-2 me-1"
          onClick={() => void setPinned(client, room, eventId, false)}
        >
          <PinOff className="size-4" />
        </IconButton>
      ) : null}
    </li>
  );
}
