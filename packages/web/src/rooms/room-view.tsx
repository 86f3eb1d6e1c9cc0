import { ImagePlus } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { type DragEvent, useCallback, useEffect, useMemo, useState } from 'react';
import { Composer, type ComposerMode } from '../composer/composer.tsx';
import { stageFiles } from '../composer/staged-files.ts';
import { openedDialog } from '../frame/dialogs.ts';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { MembersPanel } from '../people/members-panel.tsx';
import { useWorkspace } from '../session/workspace-session.ts';
import { closeSidePanel, sidePanel } from '../threads/side-panel.ts';
import { SidePanels } from '../threads/side-panels.tsx';
import { DeliveryTrouble } from '../timeline/delivery-trouble.tsx';
import { MessageDialogs } from '../timeline/message-dialog-host.tsx';
import { NewMessageAnnouncer } from '../timeline/new-message-announcer.tsx';
import { RoomTimeline } from '../timeline/room-timeline.ts';
import { showMessage } from '../timeline/shown-message.ts';
import { Timeline } from '../timeline/timeline.tsx';
import type { TimelineEvent } from '../timeline/timeline-event.ts';
import { TypingLine } from '../timeline/typing-line.tsx';
import { DetailsPanel } from './details-panel.tsx';
import { KnockBanner } from './knock-requests.tsx';
import { ReplacedRoom } from './replaced-room.tsx';
import { RoomHeader } from './room-header.tsx';
import { useRoomMembers } from './room-members.ts';
import { type RoomSummary, replacementOf } from './room-summaries.ts';
import { useSilence } from './use-voice.ts';

export type Panel = 'none' | 'members' | 'details';

type RoomViewProps = {
  room: Room;
  summary: RoomSummary;
  /** The message to go to. */
  shownEvent?: string | undefined;
};

export function RoomView({ room, summary, shownEvent }: RoomViewProps) {
  const { client } = useWorkspace();
  const [panel, setPanel] = useState<Panel>('none');
  const [mode, setMode] = useState<ComposerMode>({ mode: 'new' });
  const [sent, setSent] = useState(0);
  const [dragging, setDragging] = useState(false);
  const timeline = useMemo(() => new RoomTimeline(client, room), [client, room]);
  const members = useRoomMembers(room);
  useEffect(() => timeline.open(), [timeline]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !openedDialog.get()) {
        setPanel('none');
        closeSidePanel();
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);

  const onReply = useCallback((event: TimelineEvent) => setMode({ mode: 'reply', event }), []);
  const onEdit = useCallback((event: TimelineEvent) => setMode({ mode: 'edit', event }), []);
  const onSent = useCallback(() => setSent((count) => count + 1), []);
  const toggle = (wanted: Panel) => {
    closeSidePanel();
    setPanel((open) => (open === wanted ? 'none' : wanted));
  };
  const side = useObservable(sidePanel);
  useEffect(() => {
    if (side) setPanel('none');
  }, [side]);
  useEffect(() => {
    if (shownEvent) showMessage(room.roomId, shownEvent);
  }, [room.roomId, shownEvent]);
  useEffect(() => closeSidePanel, []);
  const closePanel = () => setPanel('none');

  function onDrop(event: DragEvent) {
    setDragging(false);
    const files = [...event.dataTransfer.files];
    if (files.length === 0) return;
    event.preventDefault();
    void stageFiles(client, room.roomId, files);
  }

  return (
    <div className="relative flex min-h-0 min-w-0 flex-1">
      <section
        aria-label={summary.name}
        className="relative flex min-w-0 flex-1 flex-col"
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes('Files')) return;
          event.preventDefault();
          setDragging(true);
        }}
        onDragLeave={(event) => event.currentTarget === event.target && setDragging(false)}
        onDrop={onDrop}
      >
        <RoomHeader room={room} summary={summary} members={members} panel={panel} onPanel={toggle} />
        <KnockBanner
          room={room}
          members={members}
          shown={panel === 'members'}
          onLook={() => setPanel('members')}
        />
        <Timeline room={room} timeline={timeline} onReply={onReply} onEdit={onEdit} sent={sent} />
        <RoomFoot
          room={room}
          summary={summary}
          composer={
            <Composer
              room={room}
              placeholder={t(
                summary.kind === 'direct' ? 'composer.placeholderDirect' : 'composer.placeholder',
                {
                  name: summary.name,
                },
              )}
              mode={mode}
              onMode={setMode}
              onSent={onSent}
              onEditLast={() => {
                const last = timeline.lastOwnEditable();
                if (last) onEdit(last);
              }}
            />
          }
        />
        <NewMessageAnnouncer room={room} timeline={timeline} />
        {dragging ? (
          <div className="pointer-events-none absolute inset-2 z-20 flex items-center justify-center gap-2 rounded-2xl border-2 border-dashed border-accent bg-accent-wash text-lg font-medium">
            <ImagePlus className="size-6 text-accent" aria-hidden />
            {t('composer.drop', { name: summary.name })}
          </div>
        ) : null}
      </section>
      <SidePanels room={room} />
      <MessageDialogs />
      {panel === 'members' ? <MembersPanel room={room} members={members} onClose={closePanel} /> : null}
      {panel === 'details' ? (
        <DetailsPanel room={room} summary={summary} members={members} onClose={closePanel} />
      ) : null}
    </div>
  );
}

/** The composer, or why there is none. */
function RoomFoot(props: { room: Room; summary: RoomSummary; composer: React.ReactNode }) {
  const { client, connection } = useWorkspace();
  const connected = useObservable(connection);
  const mayWrite = props.room.currentState.maySendEvent('m.room.message', client.getSafeUserId());
  const silence = useSilence(props.room, props.summary.shared);
  const replacement = replacementOf(props.room);
  if (replacement) return <ReplacedRoom room={props.room} replacement={replacement} />;
  const refusal = props.room.hasEncryptionStateEvent()
    ? t('composer.encrypted')
    : mayWrite
      ? silence
      : t('composer.notAllowed');
  if (refusal) {
    return (
      <p className="mx-5 mt-2 mb-6 rounded-xl bg-sunken px-4 py-3 text-center text-ink-soft">{refusal}</p>
    );
  }
  return (
    <div className="pb-[env(safe-area-inset-bottom)]">
      <WaitingForPeer room={props.room} summary={props.summary} />
      {props.summary.shared ? <DeliveryTrouble room={props.room} /> : null}
      {connected === 'lost' ? <p className="px-6 pb-1.5 text-sm text-warn">{t('composer.offline')}</p> : null}
      {props.composer}
      <TypingLine room={props.room} />
    </div>
  );
}

/** A direct message whose other side has not accepted yet. */
function WaitingForPeer({ room, summary }: { room: Room; summary: RoomSummary }) {
  const peer = summary.kind === 'direct' ? summary.peer : undefined;
  if (!peer || room.getMember(peer.userId)?.membership !== 'invite') return null;
  return (
    <p className="px-6 pb-1.5 text-sm text-ink-quiet">{t('composer.invited', { name: summary.name })}</p>
  );
}
