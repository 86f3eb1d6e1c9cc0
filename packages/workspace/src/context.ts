import type { Clock, Store } from '@causeway/homeserver';
import type { ServerName } from '@causeway/protocol';
import type { Passwords } from './accounts/passwords.ts';
import { type Contacts, loadContacts } from './contacts/contacts.ts';
import { createChanges, type WorkspaceChanges } from './changes.ts';
import { createSessionCache, type SessionCache } from './sessions/session-cache.ts';
import { loadSettings, type Settings } from './settings/settings.ts';

/** What every operation of a workspace works with. */
export type WorkspaceContext = {
  readonly serverName: ServerName;
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly sessionCache: SessionCache;
  readonly settings: Settings;
  readonly contacts: Contacts;
  readonly changes: WorkspaceChanges;
};

/** Reads what admins chose, once; from then on it is kept in memory. */
export const openContext = async (
  parts: Pick<WorkspaceContext, 'serverName' | 'store' | 'clock' | 'passwords'>,
): Promise<WorkspaceContext> => ({
  ...parts,
  sessionCache: createSessionCache(),
  settings: await loadSettings(parts.store, parts.serverName),
  contacts: await loadContacts(parts.store),
  changes: createChanges(),
});
