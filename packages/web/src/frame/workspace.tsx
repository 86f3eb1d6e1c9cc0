import { Tooltip } from 'radix-ui';
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { DiscoverScreen } from '../discovery/discover-screen.tsx';
import { JoinScreen } from '../discovery/join-screen.tsx';
import { SpaceScreen } from '../discovery/space-screen.tsx';
import { t } from '../i18n/translate.ts';
import { InvitationInbox } from '../invitations/invitation-inbox.tsx';
import { RoomList } from '../rooms/room-list.tsx';
import type { RoomSummary } from '../rooms/room-summaries.ts';
import { RoomView } from '../rooms/room-view.tsx';
import { SearchScreen } from '../search/search-screen.tsx';
import type { Session } from '../session/session.ts';
import type { WorkspaceInfo } from '../session/workspace-api.ts';
import {
  openWorkspace,
  useWorkspace,
  WorkspaceContext,
  type WorkspaceSession,
} from '../session/workspace-session.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { DialogHost } from './dialog-host.tsx';
import { FrameSkeleton } from './frame-skeleton.tsx';
import { HomeScreen } from './home-screen.tsx';
import { useShortcuts } from './keyboard.ts';
import { useObservable } from './observable.ts';
import { Rail } from './rail.tsx';
import { goTo, useRoute } from './route.ts';
import { Toasts } from './toasts.tsx';

/** Few people ever open it. */
const FederationCheckScreen = lazy(() =>
  import('../admin/federation-check-screen.tsx').then((module) => ({
    default: module.FederationCheckScreen,
  })),
);
const AdminScreen = lazy(() => import('../admin/admin-screen.tsx'));

const TOOLTIP_DELAY_MS = 400;
const LAST_ROOM_KEY = 'causeway.room';

/** The workspace of a signed-in person. */
export default function Workspace({ session, info }: { session: Session; info: WorkspaceInfo }) {
  const [workspace, setWorkspace] = useState<WorkspaceSession>();
  useEffect(() => {
    const opened = openWorkspace(session, info);
    setWorkspace(opened.workspace);
    return opened.close;
  }, [session, info]);
  if (!workspace) return <FrameSkeleton />;
  return (
    <WorkspaceContext value={workspace}>
      <Tooltip.Provider delayDuration={TOOLTIP_DELAY_MS} disableHoverableContent>
        <Frame />
      </Tooltip.Provider>
    </WorkspaceContext>
  );
}

function Frame() {
  const { connection, rooms, info } = useWorkspace();
  const connected = useObservable(connection);
  const list = useObservable(rooms);
  const route = useRoute();
  useShortcuts(list);
  useTitle(list, info.name);
  useLastRoom(list, connected !== 'starting');
  if (connected === 'starting') return <FrameSkeleton />;
  const detail = route.screen !== 'home';
  return (
    <div className="flex h-full flex-col">
      <ConnectionBanner />
      <div className="flex min-h-0 flex-1">
        <Rail />
        <ListPane alone={!detail} />
        <main className={`flex min-w-0 flex-1 ${detail ? '' : 'max-pane:hidden'}`}>
          <Detail list={list} />
        </main>
      </div>
      <DialogHost />
      <Toasts />
    </div>
  );
}

/** On a narrow window the list is all there is, and so the main part of the page. */
function ListPane({ alone }: { alone: boolean }) {
  const narrow = useNarrow();
  const list = <RoomList className={alone ? '' : 'max-pane:hidden'} />;
  return narrow && alone ? <main className="flex w-full">{list}</main> : list;
}

const narrowWindow = window.matchMedia('(width < 720px)');

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrowWindow.addEventListener('change', listener);
      return () => narrowWindow.removeEventListener('change', listener);
    },
    () => narrowWindow.matches,
  );
}

function Detail({ list }: { list: readonly RoomSummary[] }) {
  const { client } = useWorkspace();
  const route = useRoute();
  if (route.screen === 'invitations') return <InvitationInbox />;
  if (route.screen === 'discover') return <DiscoverScreen />;
  if (route.screen === 'admin')
    return (
      <Suspense fallback={null}>
        {route.section === 'federation-check' ? (
          <FederationCheckScreen />
        ) : (
          <AdminScreen section={route.section} about={route.about} />
        )}
      </Suspense>
    );
  if (route.screen === 'search') return <SearchScreen query={route.query} />;
  if (route.screen === 'join')
    return <JoinScreen key={route.address} address={route.address} via={route.via} ask={route.ask} />;
  if (route.screen === 'home') return <HomeScreen />;
  const room = client.getRoom(route.roomId);
  const summary = list.find((one) => one.id === route.roomId);
  if (!room || !summary) return <HomeScreen missing />;
  if (summary.kind === 'space' && summary.membership === 'join')
    return <SpaceScreen key={room.roomId} space={room} name={summary.name} />;
  if (summary.membership !== 'join') return <InvitationInbox />;
  return <RoomView key={room.roomId} room={room} summary={summary} shownEvent={route.eventId} />;
}

const TITLES = {
  invitations: 'inbox.title',
  discover: 'discover.title',
  search: 'search.title',
  admin: 'admin.title',
  join: 'join.title',
} as const;

function useTitle(list: readonly RoomSummary[], name: string): void {
  const route = useRoute();
  const room = route.screen === 'room' ? list.find((one) => one.id === route.roomId) : undefined;
  const unread = list.reduce((sum, one) => sum + (one.membership === 'invite' ? 1 : one.unread), 0);
  useEffect(() => {
    const place = room
      ? `${room.name} · ${name}`
      : route.screen === 'home' || route.screen === 'room'
        ? name
        : `${t(TITLES[route.screen])} · ${name}`;
    document.title = unread > 0 ? `(${unread}) ${place}` : place;
  }, [room, route.screen, name, unread]);
}

/** Where there is room for both, the last room opens beside the list. */
function useLastRoom(list: readonly RoomSummary[], ready: boolean): void {
  const route = useRoute();
  useEffect(() => {
    if (route.screen === 'room') localStorage.setItem(LAST_ROOM_KEY, route.roomId);
    if (route.screen !== 'home' || !ready || !window.matchMedia('(min-width: 720px)').matches) return;
    const joined = list.filter((one) => one.membership === 'join');
    const last = localStorage.getItem(LAST_ROOM_KEY);
    const room = joined.find((one) => one.id === last) ?? joined[0];
    if (room) goTo({ screen: 'room', roomId: room.id });
  }, [route, list, ready]);
}
