import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '@causeway/homeserver';
import { storeContract } from '@causeway/testing/store-contract';
import { storeEquality } from '@causeway/testing/store-equality';
import { afterAll } from 'vitest';
import { openSqliteStore } from './sqlite-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeContract('SQLite file', (tables) =>
  openSqliteStore({ path: join(mkdtempSync(join(folder, 'store-')), 'causeway.db'), tables }),
);
storeContract('SQLite in memory', (tables) => openSqliteStore({ path: ':memory:', tables }));

storeEquality(
  'SQLite and memory',
  (tables) => openSqliteStore({ path: ':memory:', tables, readers: 1 }),
  async (tables) => createMemoryStore(tables),
);
