import type { Clock, Store } from '@causeway/homeserver';
import type { ServerName } from '@causeway/protocol';
import type { Passwords } from './accounts/passwords.ts';
import type { SessionCache } from './sessions/session-cache.ts';

/** What every operation of a workspace works with. */
export type WorkspaceContext = {
  readonly serverName: ServerName;
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly sessionCache: SessionCache;
};
