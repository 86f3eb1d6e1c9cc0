import {
  ClientEvent,
  createClient,
  HttpApiEvent,
  type MatrixClient,
  MemoryStore,
  SyncState,
} from 'matrix-js-sdk';
import type { Logger } from 'matrix-js-sdk/lib/logger';
import { createContext, useContext } from 'react';
import { Observable } from '../frame/observable.ts';
import { followRooms, type RoomSummary } from '../rooms/room-summaries.ts';
import { forgetSession, type Session } from './session.ts';
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
    if (state === SyncState.Prepared || state === SyncState.Syncing || state === SyncState.Catchup)
      connection.set('connected');
    else if (state === SyncState.Error || state === SyncState.Reconnecting)
      connection.set(connection.get() === 'starting' ? 'starting' : 'lost');
  });
  client.on(HttpApiEvent.SessionLoggedOut, forgetSession);
  const rooms = followRooms(client);
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
      client.stopClient();
      client.removeAllListeners();
    },
  };
}
