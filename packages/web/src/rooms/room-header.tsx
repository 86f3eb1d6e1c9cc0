import {
  ArrowLeft,
  Ban,
  Bell,
  EllipsisVertical,
  Flag,
  Hash,
  Info,
  LogOut,
  Pencil,
  Settings,
  UserPlus,
  Users,
} from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { EventType } from 'matrix-js-sdk';
import { IconButton } from '../controls/icon-button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../controls/menu.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { useObservable } from '../frame/observable.ts';
import { formatRoute, goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { ImitationMark } from '../people/imitation-mark.tsx';
import { organisationsOf, serverNameOf } from '../people/organisation.ts';
import { OrganisationBadge } from '../people/organisation-badge.tsx';
import { PresenceDot } from '../people/presence-dot.tsx';
import { useFeature } from '../session/features.ts';
import { text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { RoomTools } from '../threads/room-tools.tsx';
import { parentOf } from './discussion.ts';
import type { RoomMembers } from './room-members.ts';
import type { RoomSummary } from './room-summaries.ts';
import type { Panel } from './room-view.tsx';
import { SharedMark } from './shared-mark.tsx';

type RoomHeaderProps = {
  room: Room;
  summary: RoomSummary;
  members: RoomMembers;
  panel: Panel;
  onPanel: (panel: Panel) => void;
};

export function RoomHeader({ room, summary, members, panel, onPanel }: RoomHeaderProps) {
  const { client } = useWorkspace();
  const myself = client.getSafeUserId();
  const topic = text(room.currentState.getStateEvents(EventType.RoomTopic, '')?.getContent().topic);
  const mayEdit =
    room.currentState.maySendStateEvent(EventType.RoomName, myself) ||
    room.currentState.maySendStateEvent(EventType.RoomTopic, myself);
  const peer = summary.kind === 'direct' && summary.peers < 2 ? summary.peer : undefined;
  const direct = summary.kind === 'direct';
  const count = Math.max(members.joined.length, members.arriving?.total ?? 0);
  const reportable = useFeature('reportRoom');

  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line ps-2 pe-3 pane:ps-5">
      <IconButton
        label={t('room.back')}
        side="right"
        className="pane:hidden"
        onClick={() => goTo({ screen: 'home' })}
      >
        <ArrowLeft className="size-5" />
      </IconButton>
      {peer ? <Avatar userId={peer.userId} name={peer.name} avatar={peer.avatar} size={28} /> : null}
      <div className="flex min-w-0 flex-1 flex-col justify-center">
        <div className="flex min-w-0 items-center gap-1.5">
          {direct ? null : <Hash className="size-4 shrink-0 text-ink-quiet" aria-hidden />}
          <h1
            dir="auto"
            className="truncate text-[15px] font-semibold tracking-[-0.005em]"
            title={peer?.userId}
          >
            {summary.name}
          </h1>
          <ImitationMark name={summary.name} />
          {peer ? <PresenceDot userId={peer.userId} /> : null}
          {peer && isRemote(peer.userId, myself) ? (
            <OrganisationBadge name={serverNameOf(peer.userId)} />
          ) : null}
          {summary.shared && !peer ? <SharedMark className="text-ink-soft" /> : null}
        </div>
        <div className="flex min-w-0 items-center gap-1.5 overflow-hidden text-xs text-ink-quiet">
          <ParentLink room={room} />
          {summary.shared && !peer ? (
            <Organisations members={members} onOpen={() => onPanel('details')} />
          ) : null}
          {topic ? (
            <span className="truncate" title={topic}>
              {summary.shared && !peer ? '· ' : ''}
              {topic}
            </span>
          ) : null}
        </div>
      </div>
      <RoomTools room={room} />
      {peer ? null : (
        <button
          type="button"
          aria-pressed={panel === 'members'}
          aria-label={t('room.members', { count })}
          title={t('room.members', { count })}
          onClick={() => onPanel('members')}
          className="inline-flex h-8 shrink-0 items-center gap-1.5 rounded-lg px-2 text-ink-soft tabular-nums hover:bg-hover hover:text-ink aria-pressed:bg-selected aria-pressed:text-ink"
        >
          <Users className="size-4.5" aria-hidden />
          {count}
        </button>
      )}
      <IconButton
        label={t('room.details')}
        side="bottom"
        pressed={panel === 'details'}
        onClick={() => onPanel('details')}
        className="max-pane:hidden"
      >
        <Info className="size-4.5" />
      </IconButton>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={t('room.menu')}
            title={t('room.menu')}
            className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-ink-soft hover:bg-hover hover:text-ink data-[state=open]:bg-hover"
          >
            <EllipsisVertical className="size-4.5" />
          </button>
        }
      >
        {peer ? null : (
          <MenuItem
            icon={<UserPlus className="size-4" />}
            refusal={room.canInvite(myself) ? undefined : t('room.mayNotInvite')}
            onSelect={() => openDialog({ kind: 'invite', roomId: room.roomId })}
          >
            {t('room.invite')}
          </MenuItem>
        )}
        {peer ? null : (
          <MenuItem
            icon={<Pencil className="size-4" />}
            refusal={mayEdit ? undefined : t('room.mayNotEdit')}
            onSelect={() => openDialog({ kind: 'edit-room', roomId: room.roomId })}
          >
            {t('room.edit')}
          </MenuItem>
        )}
        <MenuItem icon={<Users className="size-4" />} onSelect={() => onPanel('members')}>
          {t('members.title')}
        </MenuItem>
        <MenuItem icon={<Info className="size-4" />} onSelect={() => onPanel('details')}>
          {t('room.details')}
        </MenuItem>
        <MenuItem
          icon={<Bell className="size-4" />}
          onSelect={() =>
            openDialog({ kind: 'room-settings', roomId: room.roomId, section: 'notifications' })
          }
        >
          {t('roomSettings.notifications')}
        </MenuItem>
        {peer ? null : (
          <MenuItem
            icon={<Ban className="size-4" />}
            onSelect={() => openDialog({ kind: 'room-settings', roomId: room.roomId, section: 'banned' })}
          >
            {t('roomSettings.banned')}
          </MenuItem>
        )}
        {peer ? null : (
          <MenuItem
            icon={<Settings className="size-4" />}
            onSelect={() => openDialog({ kind: 'room-settings', roomId: room.roomId })}
          >
            {t('roomSettings.menu')}
          </MenuItem>
        )}
        <MenuSeparator />
        {reportable ? (
          <MenuItem
            danger
            icon={<Flag className="size-4" />}
            onSelect={() => openDialog({ kind: 'report', about: { kind: 'room', roomId: room.roomId } })}
          >
            {t(direct ? 'report.conversation' : 'report.room')}
          </MenuItem>
        ) : null}
        <MenuItem
          danger
          icon={<LogOut className="size-4" />}
          onSelect={() => openDialog({ kind: 'leave-room', roomId: room.roomId })}
        >
          {direct ? t('room.leaveDirect') : t('room.leave')}
        </MenuItem>
      </Menu>
    </header>
  );
}

/** A discussion names the room that it began in. */
function ParentLink({ room }: { room: Room }) {
  const parentId = parentOf(room);
  const parent = useObservable(useWorkspace().rooms).find(
    ({ id, membership }) => id === parentId && membership === 'join',
  );
  if (!parent) return null;
  return (
    <a
      href={formatRoute({ screen: 'room', roomId: parent.id })}
      className="max-w-[50%] min-w-0 shrink truncate rounded font-medium text-ink-soft hover:underline"
    >
      {t('discussion.of', { room: parent.name })}
    </a>
  );
}

const isRemote = (userId: string, myself: string) => serverNameOf(userId) !== serverNameOf(myself);

/** "3 organisations: …"; a click tells who they are. */
function Organisations({ members, onOpen }: { members: RoomMembers; onOpen: () => void }) {
  const { serverName } = useWorkspace();
  const organisations = organisationsOf(
    members.joined.map((member) => member.userId),
    serverName,
  );
  const words =
    organisations.length > 1
      ? t('room.organisations', { count: organisations.length, names: organisations.join(', ') })
      : t(members.arriving ? 'room.othersArriving' : 'room.noOthersYet');
  return (
    <button
      type="button"
      onClick={onOpen}
      title={organisations.join(', ')}
      className="max-w-full min-w-0 shrink-[0.5] truncate rounded font-medium text-ink-soft hover:underline"
    >
      {words}
    </button>
  );
}
