/** A workspace in memory with a clock that tests move. */
import { type Clock, createMemoryStore } from '@causeway/homeserver';
import { parseServerName, type ServerName } from '@causeway/protocol';
import { createPasswords } from '../accounts/passwords.ts';
import type { WorkspaceContext } from '../context.ts';
import { createSessionCache } from '../sessions/session-cache.ts';
import { workspaceTables } from '../tables.ts';

export type TestWorkspace = WorkspaceContext & { advance(ms: number): void };

export const createTestWorkspace = (name = 'north.test'): TestWorkspace => {
  let now = 1_700_000_000_000;
  const clock: Clock = { now: () => now, schedule: () => ({ [Symbol.dispose]: () => {} }) };
  return {
    serverName: serverName(name),
    store: createMemoryStore(workspaceTables),
    clock,
    passwords: createPasswords('low'),
    sessionCache: createSessionCache(),
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
