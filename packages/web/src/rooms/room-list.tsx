import { Compass, Hash, Inbox, Layers, Plus, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Count } from '../controls/count.tsx';
import { IconButton } from '../controls/icon-button.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { COMMAND } from '../frame/keyboard.ts';
import { MyMenu } from '../frame/my-menu.tsx';
import { useObservable } from '../frame/observable.ts';
import { type Stop, useOneTabStop } from '../frame/one-tab-stop.ts';
import { formatRoute, useRoute } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { serverNameOf } from '../people/organisation.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { RoomSummary } from './room-summaries.ts';
import { SharedMark } from './shared-mark.tsx';

/** The second column: search, invitations, channels, direct messages. */
export function RoomList({ className }: { className: string }) {
  const { info, rooms, serverName } = useWorkspace();
  const list = useObservable(rooms);
  const route = useRoute();
  const joined = list.filter((room) => room.membership === 'join');
  const invitations = list.filter((room) => room.membership === 'invite').length;
  const channels = joined.filter((room) => room.kind === 'channel');
  const spaces = joined.filter((room) => room.kind === 'space');
  const direct = joined.filter((room) => room.kind === 'direct');

  return (
    <nav
      aria-label={t('list.label')}
      className={`flex w-full shrink-0 flex-col border-e border-line bg-sunken pane:w-[272px] ${className}`}
    >
      <header className="flex h-14 shrink-0 items-center gap-3 ps-4 pe-3">
        <div className="min-w-0 flex-1">
          <WorkspaceName name={info.name} />
          <p className="truncate text-xs text-ink-quiet">{info.trial ? t('list.trial') : serverName}</p>
        </div>
        <span className="pane:hidden">
          <MyMenu side="bottom" />
        </span>
      </header>
      <div className="flex flex-col gap-0.5 px-2 pb-2">
        <button
          type="button"
          onClick={() => openDialog({ kind: 'switcher' })}
          className="mb-1.5 flex h-9 items-center gap-2.5 rounded-lg border border-line bg-surface px-2.5 text-ink-quiet hover:border-edge"
        >
          <Search className="size-4 shrink-0" aria-hidden />
          <span className="flex-1 text-start">{t('list.search')}</span>
          <kbd className="font-sans text-xs max-pane:hidden">{COMMAND === '⌘' ? '⌘K' : 'Ctrl K'}</kbd>
        </button>
        <Row
          href={formatRoute({ screen: 'invitations' })}
          current={route.screen === 'invitations'}
          icon={<Inbox className="size-4" />}
          name={t('inbox.title')}
          strong={invitations > 0}
          badge={
            invitations > 0 ? (
              <Count count={invitations} loud label={t('list.invitations', { count: invitations })} />
            ) : null
          }
        />
        <Row
          href={formatRoute({ screen: 'discover' })}
          current={route.screen === 'discover'}
          icon={<Compass className="size-4" />}
          name={t('discover.title')}
          strong={false}
          badge={null}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        {/* On a wide window they are in the rail. */}
        {spaces.length > 0 ? (
          <Section
            className="pane:hidden"
            title={t('list.spaces')}
            addLabel={t('space.new')}
            onAdd={() => openDialog({ kind: 'create-space' })}
            rooms={spaces}
          />
        ) : null}
        <Section
          title={t('list.channels')}
          addLabel={t('channel.create')}
          onAdd={() => openDialog({ kind: 'create-channel' })}
          rooms={channels}
          empty={t('list.noChannels')}
        />
        <Section
          title={t('list.direct')}
          addLabel={t('direct.new')}
          onAdd={() => openDialog({ kind: 'new-message' })}
          rooms={direct}
          empty={t('list.noDirect')}
        />
      </div>
    </nav>
  );
}

/** The heading of the page where the list is all there is. */
function WorkspaceName({ name }: { name: string }) {
  const style = 'truncate text-[15px] leading-5 font-semibold tracking-[-0.005em]';
  return (
    <>
      <h1 className={`${style} pane:hidden`}>{name}</h1>
      <p className={`${style} max-pane:hidden`}>{name}</p>
    </>
  );
}

type SectionProps = {
  title: string;
  addLabel: string;
  onAdd: () => void;
  className?: string;
  rooms: readonly RoomSummary[];
  /** Said where there is none. */
  empty?: string;
};

function Section(props: SectionProps) {
  const route = useRoute();
  const ids = props.rooms.map(({ id }) => id);
  const { list, stopOf } = useOneTabStop(ids, route.screen === 'room' ? route.roomId : undefined);
  return (
    <section aria-label={props.title} className={`pt-2 ${props.className ?? ''}`}>
      <div className="flex h-8 items-center ps-2.5">
        <h2 className="flex-1 text-xs font-medium text-ink-quiet">{props.title}</h2>
        <IconButton label={props.addLabel} side="bottom" className="size-7" onClick={props.onAdd}>
          <Plus className="size-4" />
        </IconButton>
      </div>
      {props.rooms.length > 0 ? (
        <ul className="flex flex-col gap-px" {...list}>
          {props.rooms.map((room) => (
            <li key={room.id}>
              <RoomRow room={room} stop={stopOf(room.id)} />
            </li>
          ))}
        </ul>
      ) : props.empty ? (
        <p className="px-2.5 pt-0.5 pb-2 text-sm text-ink-quiet">{props.empty}</p>
      ) : null}
    </section>
  );
}

function RoomRow({ room, stop }: { room: RoomSummary; stop: Stop }) {
  const { serverName } = useWorkspace();
  const route = useRoute();
  const peer = room.kind === 'direct' ? room.peer : undefined;
  const organisation = peer ? serverNameOf(peer.userId) : serverName;
  const unread = room.unread > 0 || room.highlights > 0;
  return (
    <Row
      stop={stop}
      href={formatRoute({ screen: 'room', roomId: room.id })}
      current={route.screen === 'room' && route.roomId === room.id}
      strong={unread}
      name={room.name}
      title={peer?.userId}
      icon={
        peer ? (
          <Avatar userId={peer.userId} name={peer.name} avatar={peer.avatar} size={20} />
        ) : room.kind === 'space' ? (
          <Layers className="size-4" />
        ) : (
          <Hash className="size-4" />
        )
      }
      aside={
        organisation !== serverName ? (
          <span className="min-w-0 flex-1 truncate text-xs font-normal text-ink-quiet">{organisation}</span>
        ) : room.shared && !peer ? (
          <SharedMark className="text-ink-quiet" />
        ) : null
      }
      badge={
        unread ? (
          <Count
            count={Math.max(room.unread, room.highlights)}
            loud={room.highlights > 0 || room.kind === 'direct'}
            label={
              room.highlights > 0
                ? t('list.unreadMentions', { count: room.unread, mentions: room.highlights })
                : t('list.unread', { count: room.unread })
            }
          />
        ) : null
      }
    />
  );
}

type RowProps = {
  href: string;
  current: boolean;
  icon: ReactNode;
  name: string;
  title?: string | undefined;
  strong: boolean;
  aside?: ReactNode;
  badge: ReactNode;
  stop?: Stop;
};

function Row({ href, current, icon, name, title, strong, aside, badge, stop }: RowProps) {
  return (
    <a
      {...stop}
      href={href}
      title={title}
      aria-current={current ? 'page' : undefined}
      className={`flex h-9 items-center gap-2.5 rounded-lg px-2.5 hover:bg-hover focus-visible:-outline-offset-2 aria-[current=page]:bg-selected aria-[current=page]:text-ink pane:h-8 ${strong ? 'font-semibold text-ink' : 'text-ink-soft'}`}
    >
      <span className="flex size-5 shrink-0 items-center justify-center">{icon}</span>
      <span dir="auto" className="truncate">
        {name}
      </span>
      {aside}
      <span className="flex-1" />
      {badge}
    </a>
  );
}
