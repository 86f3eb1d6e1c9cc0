import {
  Ban,
  BellOff,
  Ellipsis,
  MessageSquare,
  RotateCcw,
  Shield,
  UserMinus,
  UserPlus,
  UserX,
} from 'lucide-react';
import { EventType, type Room, type RoomMember } from 'matrix-js-sdk';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { INPUT_STYLE } from '../controls/field.tsx';
import { IconButton } from '../controls/icon-button.tsx';
import { Notice } from '../controls/notice.tsx';
import { Menu, MenuHeading, MenuItem, MenuSeparator } from '../controls/menu.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { LongList } from '../frame/long-list.tsx';
import { Panel } from '../frame/panel.tsx';
import { goTo } from '../frame/route.ts';
import { say } from '../frame/say.ts';
import { language, t } from '../i18n/translate.ts';
import { KnockRequests } from '../rooms/knock-requests.tsx';
import type { RoomMembers } from '../rooms/room-members.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { ArrivingNotice } from './arriving-notice.tsx';
import { Avatar } from './avatar.tsx';
import { openDirectMessage } from './direct-message.ts';
import { ImitationMark } from './imitation-mark.tsx';
import { organisationsOf, serverNameOf } from './organisation.ts';
import { OrganisationMark } from './organisation-badge.tsx';
import { personIn } from './person.ts';
import { compareStanding, roleName, type Standing } from './power-level.ts';
import { PresenceDot } from './presence-dot.tsx';

const SEARCH_FROM = 8;
/** Made once: `localeCompare` looks the rules up for each pair. */
const byName = new Intl.Collator(language());

const standingOf = (member: RoomMember): Standing => ({
  level: member.powerLevel,
  creator: member.powerLevel === Number.POSITIVE_INFINITY,
});

/** Everybody in the room, by organisation, with what one may do about them. */
export function MembersPanel({
  room,
  members,
  onClose,
}: {
  room: Room;
  members: RoomMembers;
  onClose: () => void;
}) {
  const { client, serverName } = useWorkspace();
  const [query, setQuery] = useState('');
  const mayInvite = room.canInvite(client.getSafeUserId());
  const matching = (member: RoomMember) =>
    `${member.rawDisplayName} ${member.userId}`.toLowerCase().includes(query.trim().toLowerCase());
  const joined = members.joined.filter(matching);
  const organisations = organisationsOf(
    joined.map((member) => member.userId),
    serverName,
  );

  return (
    <Panel
      title={t('members.title')}
      onClose={onClose}
      actions={
        mayInvite ? (
          <IconButton
            label={t('room.invite')}
            side="bottom"
            onClick={() => openDialog({ kind: 'invite', roomId: room.roomId })}
          >
            <UserPlus className="size-4.5" />
          </IconButton>
        ) : null
      }
    >
      {members.joined.length >= SEARCH_FROM ? (
        <div className="px-4 pt-3">
          <input
            type="search"
            aria-label={t('members.search')}
            placeholder={t('members.search')}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            className={`h-9 ${INPUT_STYLE}`}
          />
        </div>
      ) : null}
      {members.arriving ? (
        <div className="px-4 pt-3">
          <ArrivingNotice arriving={members.arriving} />
        </div>
      ) : null}
      {members.failure ? (
        <div className="px-4 pt-3">
          <Notice
            kind="warning"
            action={
              <Button variant="secondary" small onClick={members.retry}>
                {t('app.retry')}
              </Button>
            }
          >
            {t('members.failed', { reason: members.failure })}
          </Notice>
        </div>
      ) : null}
      <KnockRequests room={room} knocking={members.knocking} />
      {organisations.map((organisation) => (
        <MemberSection
          key={organisation}
          title={organisation}
          organisation={organisation}
          room={room}
          members={joined.filter((member) => serverNameOf(member.userId) === organisation)}
        />
      ))}
      <MemberSection title={t('members.invited')} room={room} members={members.invited.filter(matching)} />
      <MemberSection title={t('members.banned')} room={room} members={members.banned.filter(matching)} />
    </Panel>
  );
}

type MemberSectionProps = {
  title: string;
  organisation?: string;
  room: Room;
  members: readonly RoomMember[];
};

function MemberSection({ title, organisation, room, members }: MemberSectionProps) {
  const { serverName, info } = useWorkspace();
  if (members.length === 0) return null;
  const sorted = [...members].sort(
    (a, b) =>
      compareStanding(standingOf(a), standingOf(b)) || byName.compare(a.rawDisplayName, b.rawDisplayName),
  );
  return (
    <section className="px-2 pt-4 pb-1" aria-label={title}>
      <h3 className="flex items-center gap-2 px-3 pb-1.5 text-sm font-medium text-ink-soft">
        {organisation && organisation !== serverName ? <OrganisationMark name={organisation} /> : null}
        <span className="truncate">{organisation === serverName ? info.name : title}</span>
        <span className="text-ink-quiet tabular-nums">{members.length}</span>
      </h3>
      <LongList
        items={sorted}
        keyOf={(member) => member.userId}
        render={(member) => <MemberRow member={member} room={room} />}
      />
    </section>
  );
}

function MemberRow({ member, room }: { member: RoomMember; room: Room }) {
  const { client, serverName } = useWorkspace();
  const person = personIn(room, member.userId);
  const remote = person.organisation !== serverName;
  const mine = member.userId === client.getUserId();
  const reason = text(member.events.member?.getContent().reason);
  const role = member.membership === 'join' ? roleName(standingOf(member)) : '';
  return (
    <div className="group flex items-center gap-3 rounded-lg px-3 py-1.5 hover:bg-hover">
      <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
      <div className="min-w-0 flex-1" title={member.userId}>
        <div className="flex items-baseline gap-1.5">
          <span dir="auto" className="truncate font-medium">
            {person.name}
          </span>
          {member.membership === 'join' ? <PresenceDot userId={member.userId} /> : null}
          <ImitationMark name={person.name} userId={person.userId} />
          {mine ? <span className="shrink-0 text-xs text-ink-quiet">{t('people.youBracketed')}</span> : null}
        </div>
        {remote || person.ambiguous || member.membership !== 'join' ? (
          <div className="truncate text-xs text-ink-quiet">{member.userId}</div>
        ) : null}
        {reason && member.membership === 'ban' ? (
          <div className="truncate text-xs text-ink-soft" title={reason}>
            {t('members.reason', { reason })}
          </div>
        ) : null}
      </div>
      {role && role !== t('role.member') ? (
        <span className="shrink-0 text-xs font-medium text-ink-soft">{role}</span>
      ) : null}
      <MemberMenu member={member} room={room} name={person.name} />
    </div>
  );
}

function MemberMenu({ member, room, name }: { member: RoomMember; room: Room; name: string }) {
  const workspace = useWorkspace();
  const myself = workspace.client.getSafeUserId();
  const mine = member.userId === myself;
  const myLevel = room.getMember(myself)?.powerLevel ?? 0;
  const above = myLevel > member.powerLevel && !mine;
  const creator = member.powerLevel === Number.POSITIVE_INFINITY;
  const mayChangeRole =
    member.membership === 'join' &&
    !creator &&
    (above || mine) &&
    room.currentState.maySendStateEvent(EventType.RoomPowerLevels, myself);
  const ignored = workspace.client.isUserIgnored(member.userId);
  // The roles of all stand below each other, whether there is a menu beside them or not.
  if (mine && !mayChangeRole) return <span className="size-7 shrink-0" />;
  const may = (action: 'kick' | 'ban') =>
    room.currentState.hasSufficientPowerLevelFor(action, myLevel) && above;
  const act = (wanted: 'kick' | 'ban' | 'unban' | 'revoke') => () =>
    openDialog({ kind: 'remove-person', act: wanted, roomId: room.roomId, userId: member.userId });
  const banned = member.membership === 'ban';

  async function writeTo() {
    try {
      goTo({ screen: 'room', roomId: await openDirectMessage(workspace.client, member.userId) });
    } catch (problem) {
      say(describeProblem(problem));
    }
  }

  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t('members.actions', { name })}
          className="inline-flex size-7 shrink-0 items-center justify-center rounded-md text-ink-quiet hover:bg-line hover:text-ink"
        >
          <Ellipsis className="size-4" />
        </button>
      }
    >
      <MenuHeading>
        <span dir="auto" className="block truncate font-medium">
          {name}
        </span>
        <span className="block text-xs text-ink-quiet [overflow-wrap:anywhere]">{member.userId}</span>
      </MenuHeading>
      {banned || mine ? null : (
        <MenuItem icon={<MessageSquare className="size-4" />} onSelect={() => void writeTo()}>
          {t('members.write')}
        </MenuItem>
      )}
      {mayChangeRole ? (
        <MenuItem
          icon={<Shield className="size-4" />}
          onSelect={() => openDialog({ kind: 'change-role', roomId: room.roomId, userId: member.userId })}
        >
          {t('role.change')}
        </MenuItem>
      ) : null}
      {mine || ignored ? null : (
        <MenuItem
          icon={<BellOff className="size-4" />}
          onSelect={() => openDialog({ kind: 'ignore-person', userId: member.userId, roomId: room.roomId })}
        >
          {t('ignore.menu')}
        </MenuItem>
      )}
      {may('kick') || may('ban') ? <MenuSeparator /> : null}
      {may('kick') && member.membership === 'join' ? (
        <MenuItem danger icon={<UserMinus className="size-4" />} onSelect={act('kick')}>
          {t('members.kick')}
        </MenuItem>
      ) : null}
      {may('kick') && member.membership === 'invite' ? (
        <MenuItem danger icon={<UserX className="size-4" />} onSelect={act('revoke')}>
          {t('members.revoke')}
        </MenuItem>
      ) : null}
      {may('ban') && !banned ? (
        <MenuItem danger icon={<Ban className="size-4" />} onSelect={act('ban')}>
          {t('members.ban')}
        </MenuItem>
      ) : null}
      {may('ban') && banned ? (
        <MenuItem icon={<RotateCcw className="size-4" />} onSelect={act('unban')}>
          {t('members.unban')}
        </MenuItem>
      ) : null}
    </Menu>
  );
}
