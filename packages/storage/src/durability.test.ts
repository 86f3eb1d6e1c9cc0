import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Store } from '@causeway/homeserver';
import { contractTables } from '@causeway/testing/store-contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkIntegrity } from './check-integrity.ts';
import { openSqliteStore } from './sqlite-store.ts';

const { numbered } = contractTables;
const tables = [numbered];
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
  path = join(folder, 'causeway.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const insert = (store: Store, id: number) =>
  store.transact((tx) => tx.insert(numbered, { id, name: `n${id}`, score: null, body: null }));
const idsOf = (store: Store) =>
  store.read(async (reader) => (await reader.scan(numbered, {})).map((row) => row.id));

describe('a writer that is killed', () => {
  it.each([1, 2, 3])('has lost nothing that it acknowledged (round %i)', async () => {
    const child = spawn(
      process.execPath,
      [
        '--conditions=@causeway/source',
        fileURLToPath(new URL('../../testing/src/durability-writer.ts', import.meta.url)),
        path,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const acknowledged: { id: number; number: number }[] = [];
    const wanted = 200 + Math.floor(Math.random() * 800);
    for await (const line of createInterface(child.stdout)) {
      const [id, number] = line.split(' ').map(Number);
      if (id === undefined || number === undefined || Number.isNaN(number)) continue;
      acknowledged.push({ id, number });
      if (acknowledged.length === wanted) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(acknowledged.length).toBeGreaterThanOrEqual(wanted);

    expect(checkIntegrity(path)).toEqual({ kind: 'sound' });
    await using store = await openSqliteStore({ path, tables });
    const ids = new Set(await idsOf(store));
    for (const { id } of acknowledged) expect(ids.has(id)).toBe(true);
    const next = await store.transact((tx) => tx.next('numbers'));
    expect(next).toBeGreaterThan(Math.max(...acknowledged.map(({ number }) => number)));
  });
});

describe('a commit that fails', () => {
  /** Makes a row called `poison` break the commit, and one called `abort` undo the whole transaction. */
  const addTraps = () => {
    const database = new DatabaseSync(path);
    database.exec(`
      CREATE TABLE trap_parent (id INTEGER PRIMARY KEY);
      CREATE TABLE trap (id INTEGER REFERENCES trap_parent DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER poison AFTER INSERT ON numbered WHEN new.name = 'poison'
        BEGIN INSERT INTO trap VALUES (1); END;
      CREATE TRIGGER abort AFTER INSERT ON numbered WHEN new.name = 'abort'
        BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END;`);
    database.close();
  };
  const insertNamed = (store: Store, id: number, name: string) =>
    store.transact(async (tx) => {
      await tx.insert(numbered, { id, name, score: null, body: null });
      return tx.next('numbers');
    });

  it.each(['poison', 'abort'])('rejects all who shared it and leaves the store usable (%s)', async (name) => {
    await using store = await openSqliteStore({ path, tables });
    addTraps();
    expect(await insertNamed(store, 1, 'one')).toBe(1);
    const outcomes = await Promise.allSettled([
      insertNamed(store, 2, 'two'),
      insertNamed(store, 3, name),
      ...(name === 'poison' ? [insertNamed(store, 4, 'four')] : []),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'rejected'));
    expect(await idsOf(store)).toEqual([1]);
    expect(await insertNamed(store, 5, 'five')).toBe(2);
    expect(await idsOf(store)).toEqual([1, 5]);
  });

  it('writes nothing outside the transaction after it was undone', async () => {
    await using store = await openSqliteStore({ path, tables });
    addTraps();
    await expect(
      store.transact(async (tx) => {
        await tx.insert(numbered, { id: 1, name: 'abort', score: null, body: null }).catch(() => {});
        await tx.insert(numbered, { id: 2, name: 'b', score: null, body: null }).catch(() => {});
        return await tx.next('numbers');
      }),
    ).rejects.toThrow(/undone/);
    expect(await idsOf(store)).toEqual([]);
    expect(await store.transact((tx) => tx.next('numbers'))).toBe(1);
  });
});

describe('a savepoint that cannot be', () => {
  /** SQLite refuses this statement once, as it does when a file cannot be read or written. */
  const refuseOnce = (sql: string) => {
    let armed = false;
    const prepare = DatabaseSync.prototype.prepare;
    vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, text) {
      const statement = prepare.call(this, text);
      if (text !== sql) return statement;
      const run = statement.run.bind(statement);
      statement.run = () => {
        if (!armed) return run();
        armed = false;
        throw new Error('disk I/O error');
      };
      return statement;
    });
    return () => {
      armed = true;
    };
  };
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(['SAVEPOINT member', 'RELEASE member', 'ROLLBACK TO member'])(
    'made, released or undone, undoes all who shared its commit; later writes go on (%s)',
    async (sql) => {
      const arm = refuseOnce(sql);
      await using store = await openSqliteStore({ path, tables });
      await insert(store, 1);
      arm();
      const outcomes = await Promise.allSettled([
        store.transact(async (tx) => {
          await tx.insert(numbered, { id: 2, name: 'n2', score: null, body: null });
          throw new Error('changed my mind');
        }),
        insert(store, 3),
      ]);
      expect(outcomes[0]?.status).toBe('rejected');
      await insert(store, 4);
      const written = await idsOf(store);
      expect(written).toEqual(outcomes[1]?.status === 'fulfilled' ? [1, 3, 4] : [1, 4]);
    },
  );
});

it('gives up a transaction whose body does not end, and goes on', async () => {
  await using store = await openSqliteStore({ path, tables, maxBodyMs: 50 });
  const outcomes = await Promise.allSettled([
    insert(store, 1),
    store.transact(async (tx) => {
      await tx.insert(numbered, { id: 2, name: 'n2', score: null, body: null });
      await new Promise(() => {});
    }),
    insert(store, 3),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await idsOf(store)).toEqual([1, 3]);
});

it('waits for a foreign process that holds the write lock, without stopping the event loop', async () => {
  await using store = await openSqliteStore({ path, tables });
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const write = insert(store, 1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await idsOf(store)).toEqual([]);
  other.exec('ROLLBACK');
  other.close();
  await write;
  expect(await idsOf(store)).toEqual([1]);
});

it('keeps everything over a restart, in one file', async () => {
  {
    await using store = await openSqliteStore({ path, tables });
    for (let id = 1; id <= 20; id++) await insert(store, id);
    await store.transact((tx) => tx.next('numbers'));
  }
  rmSync(`${path}-wal`, { force: true });
  await using store = await openSqliteStore({ path, tables });
  expect(await idsOf(store)).toHaveLength(20);
  expect(await store.transact((tx) => tx.next('numbers'))).toBe(2);
});

it('says what is wrong with a damaged file', async () => {
  {
    await using store = await openSqliteStore({ path, tables });
    await Promise.all(Array.from({ length: 500 }, (_, id) => insert(store, id)));
  }
  const bytes = readFileSync(path);
  bytes.fill(0xaa, bytes.length - 4096, bytes.length - 2048);
  writeFileSync(path, bytes);
  expect(checkIntegrity(path)).toMatchObject({ kind: 'damaged' });
});
