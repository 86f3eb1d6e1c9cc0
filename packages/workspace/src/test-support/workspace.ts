/** A workspace in memory with a clock that tests move. */
import { type Clock, createMemoryStore, engineTables } from '@causeway/homeserver';
import { parseServerName, type ServerName } from '@causeway/protocol';
import { createPasswords } from '../accounts/passwords.ts';
import { createChanges } from '../changes.ts';
import type { WorkspaceContext } from '../context.ts';
import { createContacts } from '../contacts/contacts.ts';
import { createSessionCache } from '../sessions/session-cache.ts';
import { createSettings } from '../settings/settings.ts';
import { workspaceTables } from '../tables.ts';

export type TestWorkspace = WorkspaceContext & { advance(ms: number): void };

export const createTestWorkspace = (name = 'north.test'): TestWorkspace => {
  let now = 1_700_000_000_000;
  const clock: Clock = { now: () => now, schedule: () => ({ [Symbol.dispose]: () => {} }) };
  return {
    serverName: serverName(name),
    store: createMemoryStore([...engineTables, ...workspaceTables]),
    clock,
    passwords: createPasswords('low'),
    sessionCache: createSessionCache(),
    settings: createSettings(name),
    contacts: createContacts(),
    changes: createChanges(),
    advance: (ms) => {
      now += ms;
    },
  };
};

const serverName = (text: string): ServerName => {
  const name = parseServerName(text);
  if (name === undefined) throw new Error(`${text} is not a server name`);
  return name;
};
