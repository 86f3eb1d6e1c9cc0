import { ArrowLeft, Hash, Inbox, LoaderCircle, MessageSquare } from 'lucide-react';
import { EventType } from 'matrix-js-sdk';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { IconButton } from '../controls/icon-button.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { say } from '../frame/toasts.tsx';
import { formatDay, formatTime } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { markDirect } from '../people/direct-message.ts';
import { serverNameOf } from '../people/organisation.ts';
import { OrganisationBadge } from '../people/organisation-badge.tsx';
import { federationRefusal } from '../session/federation-access.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { RoomSummary } from './room-summaries.ts';
import { SharedMark } from './shared-mark.tsx';

/** Invitations that wait for an answer: who asks, from which organisation, into what. */
export function InvitationInbox() {
  const { rooms } = useWorkspace();
  const invitations = useObservable(rooms).filter((room) => room.membership === 'invite');
  return (
    <section className="flex min-w-0 flex-1 flex-col" aria-labelledby="inbox-title">
      <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line ps-2 pe-3 pane:ps-5">
        <IconButton
          label={t('room.back')}
          side="right"
          className="pane:hidden"
          onClick={() => goTo({ screen: 'home' })}
        >
          <ArrowLeft className="size-5" />
        </IconButton>
        <h1 id="inbox-title" className="text-[15px] font-semibold">
          {t('inbox.title')}
        </h1>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4 pane:p-6">
        {invitations.length === 0 ? (
          <div className="mx-auto flex max-w-[40ch] flex-col items-center gap-2 pt-[16vh] text-center">
            <Inbox className="size-8 text-ink-quiet" aria-hidden />
            <h2 className="text-lg font-semibold">{t('inbox.emptyTitle')}</h2>
            <p className="text-ink-soft">{t('inbox.empty')}</p>
          </div>
        ) : (
          <ul className="flex max-w-[640px] flex-col gap-3">
            {invitations.map((invitation) => (
              <InvitationCard key={invitation.id} invitation={invitation} />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

type Progress = 'idle' | 'accepting' | 'declining';

const SLOW_MS = 2000;

function InvitationCard({ invitation }: { invitation: RoomSummary }) {
  const { client, serverName, info, me } = useWorkspace();
  const own = useObservable(me);
  const [progress, setProgress] = useState<Progress>('idle');
  const [failure, setFailure] = useState<{ during: Progress; reason: string }>();
  const slow = useSlow(progress !== 'idle');
  const attempt = useRef(0);
  const room = client.getRoom(invitation.id);
  const event = room?.getMember(client.getSafeUserId())?.events.member;
  const inviter = invitation.peer;
  const organisation = inviter ? serverNameOf(inviter.userId) : '';
  const remote = organisation !== '' && organisation !== serverName;
  const note = text(event?.getContent().reason);
  const topic = text(room?.currentState.getStateEvents(EventType.RoomTopic, '')?.getContent().topic);
  const direct = invitation.kind === 'direct';
  const refusal = remote ? federationRefusal(info, own) : undefined;

  async function answer(kind: 'accepting' | 'declining') {
    const mine = ++attempt.current;
    setProgress(kind);
    setFailure(undefined);
    try {
      if (kind === 'accepting') await accept();
      else {
        await client.leave(invitation.id);
        say(t('inbox.declined', { room: invitation.name }));
      }
    } catch (problem) {
      if (mine === attempt.current) setFailure({ during: kind, reason: describeProblem(problem) });
    }
    if (mine === attempt.current) setProgress('idle');
  }

  async function accept() {
    const mine = attempt.current;
    await client.joinRoom(invitation.id, remote ? { viaServers: [organisation] } : {});
    if (direct && inviter) await markDirect(client, inviter.userId, invitation.id);
    if (mine === attempt.current) goTo({ screen: 'room', roomId: invitation.id });
  }

  function stopWaiting() {
    attempt.current++;
    setProgress('idle');
  }

  return (
    <li className="flex flex-col gap-3 rounded-xl border border-line bg-raised p-4">
      <div className="flex items-start gap-3">
        {inviter ? <Avatar userId={inviter.userId} name={inviter.name} avatar={inviter.avatar} /> : null}
        <div className="min-w-0 flex-1">
          <p className="[overflow-wrap:anywhere]">
            <span className="font-semibold">{inviter?.name ?? t('inbox.somebody')}</span>{' '}
            {direct ? t('inbox.wantsToWrite') : t('inbox.invitesYou')}
          </p>
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-ink-soft [overflow-wrap:anywhere]">
            {inviter?.userId}
            {remote ? <OrganisationBadge name={organisation} /> : null}
          </p>
        </div>
        {event && event.getTs() > 0 ? (
          <time
            dateTime={new Date(event.getTs()).toISOString()}
            className="shrink-0 text-xs text-ink-quiet tabular-nums"
          >
            {formatDay(event.getTs())} {formatTime(event.getTs())}
          </time>
        ) : null}
      </div>
      <div className="flex items-center gap-2 rounded-lg bg-sunken px-3 py-2.5">
        {direct ? (
          <MessageSquare className="size-4 shrink-0 text-ink-quiet" aria-hidden />
        ) : (
          <Hash className="size-4 shrink-0 text-ink-quiet" aria-hidden />
        )}
        <span className="min-w-0">
          <span className="flex items-center gap-1.5 font-medium">
            <span className="truncate">{direct ? t('inbox.directMessage') : invitation.name}</span>
            {remote || invitation.shared ? <SharedMark className="text-ink-soft" /> : null}
          </span>
          {topic ? <span className="block truncate text-sm text-ink-soft">{topic}</span> : null}
        </span>
      </div>
      {note ? (
        <blockquote className="border-s-[3px] border-line ps-3 text-ink-soft [overflow-wrap:anywhere]">
          {note}
        </blockquote>
      ) : null}
      {failure ? (
        <Notice
          kind="error"
          action={
            <Button
              variant="secondary"
              small
              onClick={() => failure.during !== 'idle' && void answer(failure.during)}
            >
              {t('app.retry')}
            </Button>
          }
        >
          {t(failure.during === 'accepting' ? 'inbox.acceptFailed' : 'inbox.declineFailed', {
            room: direct ? (inviter?.name ?? '') : invitation.name,
            reason: failure.reason,
          })}
        </Notice>
      ) : null}
      {refusal ? <Notice kind="info">{refusal}</Notice> : null}
      <div className="flex flex-wrap items-center gap-2">
        <Button
          busy={progress === 'accepting'}
          disabled={progress !== 'idle' || refusal !== undefined}
          onClick={() => void answer('accepting')}
        >
          {t('inbox.accept')}
        </Button>
        <Button
          variant="secondary"
          busy={progress === 'declining'}
          disabled={progress !== 'idle'}
          onClick={() => void answer('declining')}
        >
          {t('inbox.decline')}
        </Button>
        {slow ? (
          <span role="status" className="flex items-center gap-2 text-sm text-ink-soft">
            <LoaderCircle className="spin size-4" aria-hidden />
            {progress === 'accepting'
              ? t(remote ? 'inbox.joiningRemote' : 'inbox.joining', { organisation })
              : t('inbox.declining')}
            <Button variant="quiet" small onClick={stopWaiting}>
              {t('inbox.stopWaiting')}
            </Button>
          </span>
        ) : null}
      </div>
    </li>
  );
}

/** True once something has gone on for long enough to say so. */
function useSlow(working: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!working) return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [working]);
  return slow;
}
