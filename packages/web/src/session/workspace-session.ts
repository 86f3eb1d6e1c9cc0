import {
  ClientEvent,
  ConnectionError,
  createClient,
  EventStatus,
  HttpApiEvent,
  type MatrixClient,
  MemoryStore,
  PendingEventOrdering,
  SyncState,
} from 'matrix-js-sdk';
import type { Logger } from 'matrix-js-sdk/lib/logger';
import { createContext, useContext } from 'react';
import { followNotifications } from '../frame/browser-notifications.ts';
import { Observable } from '../frame/observable.ts';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { followPrivacy, privacyOf } from '../people/privacy.ts';
import { followRooms, type RoomSummary } from '../rooms/room-summaries.ts';
import { describeProblem } from './problem.ts';
import { repeatableFetch } from './repeatable-fetch.ts';
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

/** Errors only: they are faults of the SDK or of ours, and the console is where one looks for those. */
const quietLogger: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (...message) => console.error(...message),
  getChild: () => quietLogger,
};

/** More than one screen of short messages: nothing has to be fetched, and moves, as soon as a room opens. */
const INITIAL_SYNC_LIMIT = 50;

/** Begins syncing; the returned function ends it. */
export function openWorkspace(
  session: Session,
  info: WorkspaceInfo,
): { workspace: WorkspaceSession; close: () => void } {
  const polls = endablePolls();
  const client = createClient({
    baseUrl: location.origin,
    accessToken: session.accessToken,
    userId: session.userId,
    deviceId: session.deviceId,
    fetchFn: polls.fetch,
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
  const onOffline = () => {
    if (connection.get() === 'connected') connection.set('lost');
    polls.end();
  };
  const onOnline = () => void client.retryImmediately();
  window.addEventListener('offline', onOffline);
  window.addEventListener('online', onOnline);
  const rooms = followRooms(client);
  const endNotifications = followNotifications(client);
  client.once(ClientEvent.Sync, () => {
    const privacy = privacyOf(client);
    if (!privacy.invisible) return;
    followPrivacy(client, privacy).catch((problem: unknown) =>
      say(t('privacy.notFollowed', { reason: describeProblem(problem) })),
    );
  });
  fetchMe(session.accessToken).then(
    (answer) => me.set(answer),
    (problem: unknown) => say(t('problem.permissions', { reason: describeProblem(problem) })),
  );
  // After a gap the timeline begins anew, and the way back is through the gap. The SDK would keep the old one and
  // join it when paging reaches it, where whoever pages the live timeline comes to an end that is none.
  client.setCanResetTimelineCallback(() => true);
  void client.startClient({
    initialSyncLimit: INITIAL_SYNC_LIMIT,
    lazyLoadMembers: true,
    threadSupport: false,
    pendingEventOrdering: PendingEventOrdering.Detached,
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

/**
 * A poll that waits when the connection goes may wait for long after it has come back. It ends with the
 * connection, so that the next one begins at once when there is one.
 */
function endablePolls(): { readonly fetch: typeof fetch; readonly end: () => void } {
  let connected = new AbortController();
  return {
    fetch: (input, init) => {
      const address = input instanceof Request ? input.url : String(input);
      if (!address.includes('/sync?')) return repeatableFetch(input, init);
      const signals = init?.signal ? [init.signal, connected.signal] : [connected.signal];
      return repeatableFetch(input, { ...init, signal: AbortSignal.any(signals) });
    },
    end: () => {
      connected.abort(new TypeError('The connection is gone.'));
      connected = new AbortController();
    },
  };
}

/** Sends again what did not go out because the connection was lost; what the server refused stays. */
function sendKept(client: MatrixClient): void {
  for (const room of client.getRooms()) {
    for (const event of room.getPendingEvents()) {
      if (event.status !== EventStatus.NOT_SENT || !(event.error instanceof ConnectionError)) continue;
      client.resendEvent(event, room).catch((problem: unknown) => {
        // It says so itself in the timeline; here stands why, for whoever looks for a fault.
        console.warn('A kept message was not sent.', problem);
      });
    }
  }
}
