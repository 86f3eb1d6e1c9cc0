import { Ban, BellOff, Ellipsis, Flag, Hash, Inbox, LoaderCircle, MessageSquare } from 'lucide-react';
import { EventType } from 'matrix-js-sdk';
import { useRef, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Menu, MenuItem } from '../controls/menu.tsx';
import { Notice } from '../controls/notice.tsx';
import { useSlow } from '../controls/use-slow.ts';
import { useJoinProgress } from '../discovery/join-progress.ts';
import { JoinProgressView } from '../discovery/join-progress-view.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { Screen } from '../frame/screen.tsx';
import { say } from '../frame/say.ts';
import { formatDay, formatTime } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { markDirect } from '../people/direct-message.ts';
import { ImitationMark } from '../people/imitation-mark.tsx';
import { serverNameOf } from '../people/organisation.ts';
import { OrganisationBadge } from '../people/organisation-badge.tsx';
import { awaitRoom } from '../rooms/await-room.ts';
import type { RoomSummary } from '../rooms/room-summaries.ts';
import { SharedMark } from '../rooms/shared-mark.tsx';
import { useFeature } from '../session/features.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { PendingKnock } from './pending-knock.tsx';
import { WaitingContacts } from './waiting-contacts.tsx';

/** Invitations that wait for an answer: who asks, from which organisation, into what; and one's own knocks. */
export function InvitationInbox() {
  const list = useObservable(useWorkspace().rooms);
  const invitations = list.filter((room) => room.membership === 'invite');
  const knocks = list.filter((room) => room.membership === 'knock');
  return (
    <Screen title={t('inbox.title')}>
      <WaitingContacts />
      {invitations.length + knocks.length === 0 ? (
        <div className="mx-auto flex max-w-[40ch] flex-col items-center gap-2 pt-[16vh] text-center">
          <Inbox className="size-8 text-ink-quiet" aria-hidden />
          <h2 className="text-lg font-semibold">{t('inbox.emptyTitle')}</h2>
          <p className="text-ink-soft">{t('inbox.empty')}</p>
        </div>
      ) : null}
      <ul className="flex max-w-[640px] flex-col gap-3">
        {invitations.map((invitation) => (
          <InvitationCard key={invitation.id} invitation={invitation} />
        ))}
      </ul>
      {knocks.length > 0 ? (
        <section aria-label={t('knock.waiting')} className="max-w-[640px] pt-6">
          <h2 className="pb-2 text-sm font-medium text-ink-soft">{t('knock.waiting')}</h2>
          <ul className="flex flex-col gap-3">
            {knocks.map((knock) => (
              <PendingKnock key={knock.id} knock={knock} />
            ))}
          </ul>
        </section>
      ) : null}
    </Screen>
  );
}

type Progress = 'idle' | 'accepting' | 'declining';

function InvitationCard({ invitation }: { invitation: RoomSummary }) {
  const { client, rooms, serverName, info, me } = useWorkspace();
  const own = useObservable(me);
  const [progress, setProgress] = useState<Progress>('idle');
  const [failure, setFailure] = useState<{ during: Progress; reason: string }>();
  const slow = useSlow(progress !== 'idle');
  const steps = useJoinProgress(progress === 'accepting' ? invitation.id : undefined);
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
    await awaitRoom(rooms, invitation.id);
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
            <span dir="auto" className="line-clamp-2 font-semibold">
              {inviter?.name ?? t('inbox.somebody')}
            </span>{' '}
            {direct ? t('inbox.wantsToWrite') : t('inbox.invitesYou')}
          </p>
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-ink-soft [overflow-wrap:anywhere]">
            {inviter?.userId}
            {remote ? <OrganisationBadge name={organisation} /> : null}
            {event && event.getTs() > 0 ? (
              <time
                dateTime={new Date(event.getTs()).toISOString()}
                className="shrink-0 text-xs text-ink-quiet tabular-nums"
              >
                {formatDay(event.getTs())} {formatTime(event.getTs())}
              </time>
            ) : null}
          </p>
        </div>
        {inviter ? (
          <UnwantedMenu
            inviterId={inviter.userId}
            name={inviter.name}
            roomId={invitation.id}
            remote={remote}
          />
        ) : null}
      </div>
      <ImitationMark withText name={inviter?.name ?? ''} userId={inviter?.userId} />
      <div className="flex items-center gap-2 rounded-lg bg-sunken px-3 py-2.5">
        {direct ? (
          <MessageSquare className="size-4 shrink-0 text-ink-quiet" aria-hidden />
        ) : (
          <Hash className="size-4 shrink-0 text-ink-quiet" aria-hidden />
        )}
        <span className="min-w-0">
          <span className="flex items-center gap-1.5 font-medium">
            <span className="truncate">{direct ? t('inbox.directMessage') : invitation.name}</span>
            {direct ? null : <ImitationMark name={invitation.name} />}
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
      {room?.hasEncryptionStateEvent() ? <Notice kind="info">{t('composer.encrypted')}</Notice> : null}
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
        {steps ? <JoinProgressView roomId={invitation.id} name={invitation.name} progress={steps} /> : null}
        {slow && !steps ? (
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

type UnwantedMenuProps = { inviterId: string; name: string; roomId: string; remote: boolean };

/** What to do about an invitation that should not have come. */
function UnwantedMenu({ inviterId, name, roomId, remote }: UnwantedMenuProps) {
  const reportable = useFeature('reportPerson');
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t('inbox.more', { name })}
          className="-mt-1 -me-1 inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-ink-quiet hover:bg-hover hover:text-ink"
        >
          <Ellipsis className="size-4" />
        </button>
      }
    >
      <MenuItem
        icon={<BellOff className="size-4" />}
        onSelect={() => openDialog({ kind: 'ignore-person', userId: inviterId, roomId })}
      >
        {t('ignore.person', { name })}
      </MenuItem>
      {remote ? (
        <MenuItem
          danger
          icon={<Ban className="size-4" />}
          onSelect={() => openDialog({ kind: 'block-organisation', server: serverNameOf(inviterId) })}
        >
          {t('block.organisation', { organisation: serverNameOf(inviterId) })}
        </MenuItem>
      ) : null}
      {reportable ? (
        <MenuItem
          danger
          icon={<Flag className="size-4" />}
          onSelect={() => openDialog({ kind: 'report', about: { kind: 'person', userId: inviterId } })}
        >
          {t('report.person', { name })}
        </MenuItem>
      ) : null}
    </Menu>
  );
}
