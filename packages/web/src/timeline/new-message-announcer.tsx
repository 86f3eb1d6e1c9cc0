import type { Room } from 'matrix-js-sdk';
import { useEffect, useRef, useState } from 'react';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { previewOf } from './quoted-message.tsx';
import type { RoomTimeline } from './room-timeline.ts';

/** Reads new messages of others out to screen readers. */
export function NewMessageAnnouncer({ room, timeline }: { room: Room; timeline: RoomTimeline }) {
  const { client } = useWorkspace();
  const { items } = useObservable(timeline.snapshot);
  const [words, setWords] = useState('');
  const last = items.at(-1);
  const announced = useRef(last?.key);

  useEffect(() => {
    if (!last || last.key === announced.current) return;
    announced.current = last.key;
    if (last.kind !== 'message' || last.event.sender === client.getUserId() || last.event.redactedBy) return;
    setWords(
      t('message.announce', { name: personIn(room, last.event.sender).name, text: previewOf(last.content) }),
    );
  }, [last, client, room]);

  return (
    <div className="sr-only" aria-live="polite" aria-atomic="true">
      {words}
    </div>
  );
}
