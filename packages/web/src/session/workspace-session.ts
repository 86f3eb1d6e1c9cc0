import {
  ClientEvent,
  ConnectionError,
  createClient,
  EventStatus,
  HttpApiEvent,
  type MatrixClient,
  MemoryStore,
  SyncState,
} from 'matrix-js-sdk';
import type { Logger } from 'matrix-js-sdk/lib/logger';
import { createContext, useContext } from 'react';
import { followNotifications } from '../frame/browser-notifications.ts';
import { Observable } from '../frame/observable.ts';
import { followPrivacy, privacyOf } from '../people/privacy.ts';
import { followRooms, type RoomSummary } from '../rooms/room-summaries.ts';
import { type Session, sessionEnded } from './session.ts';
import { fetchMe, type Me, type WorkspaceInfo } from './workspace-api.ts';

export type Connection = 'starting' | 'connected' | 'lost';

/** Everything a signed-in person's screens read. */
export type WorkspaceSession = {
  readonly info: WorkspaceInfo;
  readonly session: Session;
  readonly client: MatrixClient;
  readonly serverName: string;
  readonly me: Observable<Me>;
  readonly connection: Observable<Connection>;
  readonly rooms: Observable<readonly RoomSummary[]>;
};

export const WorkspaceContext = createContext<WorkspaceSession | undefined>(undefined);

export function useWorkspace(): WorkspaceSession {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('This part of the app needs a signed-in person.');
  return workspace;
}

/** Errors only. */
const quietLogger: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (...message) => console.error(...message),
  getChild: () => quietLogger,
};

const INITIAL_SYNC_LIMIT = 30;

/** Begins syncing; the returned function ends it. */
export function openWorkspace(
  session: Session,
  info: WorkspaceInfo,
): { workspace: WorkspaceSession; close: () => void } {
  const client = createClient({
    baseUrl: location.origin,
    accessToken: session.accessToken,
    userId: session.userId,
    deviceId: session.deviceId,
    store: new MemoryStore(),
    timelineSupport: true,
    disableVoip: true,
    logger: quietLogger,
  });
  const connection = new Observable<Connection>('starting');
  const me = new Observable<Me>({ userId: session.userId, role: 'user', permissions: [] });
  client.on(ClientEvent.Sync, (state) => {
    if (state === SyncState.Prepared || state === SyncState.Syncing || state === SyncState.Catchup) {
      if (connection.get() === 'lost') sendKept(client);
      connection.set('connected');
    } else if (state === SyncState.Error || state === SyncState.Reconnecting) {
      connection.set(connection.get() === 'starting' ? 'starting' : 'lost');
    }
  });
  client.on(HttpApiEvent.SessionLoggedOut, sessionEnded);
  const onOffline = () => connection.get() === 'connected' && connection.set('lost');
  const onOnline = () => void client.retryImmediately();
  window.addEventListener('offline', onOffline);
  window.addEventListener('online', onOnline);
  const rooms = followRooms(client);
  const endNotifications = followNotifications(client);
  client.once(ClientEvent.Sync, () => {
    const privacy = privacyOf(client);
    if (!privacy.invisible) return;
    followPrivacy(client, privacy).catch((problem: unknown) =>
      console.warn('The server was not told to show nobody as online.', problem),
    );
  });
  fetchMe(session.accessToken).then(
    (answer) => me.set(answer),
    (problem: unknown) => console.warn('The workspace did not say what this person may do.', problem),
  );
  void client.startClient({
    initialSyncLimit: INITIAL_SYNC_LIMIT,
    lazyLoadMembers: true,
    threadSupport: false,
  });
  const serverName = session.userId.slice(session.userId.indexOf(':') + 1);
  return {
    workspace: { info, session, client, serverName, me, connection, rooms: rooms.summaries },
    close: () => {
      rooms.close();
      endNotifications();
      window.removeEventListener('offline', onOffline);
      window.removeEventListener('online', onOnline);
      client.stopClient();
      client.removeAllListeners();
    },
  };
}

/** Sends again what did not go out because the connection was lost; what the server refused stays. */
function sendKept(client: MatrixClient): void {
  for (const room of client.getRooms()) {
    for (const event of room.getLiveTimeline().getEvents()) {
      if (event.status !== EventStatus.NOT_SENT || !(event.error instanceof ConnectionError)) continue;
      client.resendEvent(event, room).catch((problem: unknown) => {
        console.warn('A kept message was not sent; it says so in the timeline.', problem);
      });
    }
  }
}
