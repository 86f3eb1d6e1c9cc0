import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { defineTable, type Table } from '@causeway/homeserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolderInUseError } from './folder-lock.ts';
import { IncompatibleDatabaseError } from './migrate.ts';
import { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
  path = join(folder, 'causeway.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const people = defineTable({ name: 'people', columns: { id: 'integer', name: 'text' }, key: ['id'] });
const openAndClose = async (
  tables: readonly Table[],
  schemaVersion?: number,
  more: Pick<SqliteStoreOptions, 'beforeMigration' | 'writtenBy'> = {},
) => {
  await using _ = await openSqliteStore({
    path,
    tables,
    ...(schemaVersion ? { schemaVersion } : {}),
    ...more,
  });
};

describe('the folder of an open store', () => {
  it('is refused to a second one in the same process, until the first is closed', async () => {
    {
      await using _ = await openSqliteStore({ path, tables: [people] });
      const second = openSqliteStore({ path, tables: [people] });
      await expect(second).rejects.toThrow(DataFolderInUseError);
      await expect(second).rejects.toThrow(folder);
    }
    await openAndClose([people]);
  });

  it('is refused to another process', async () => {
    await using _ = await openSqliteStore({ path, tables: [people] });
    const lock = fileURLToPath(new URL('folder-lock.ts', import.meta.url));
    const script = `import { lockFolder } from ${JSON.stringify(lock)}; lockFolder(${JSON.stringify(path)});`;
    const child = spawnSync(
      process.execPath,
      ['--conditions=@causeway/source', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    expect(child.status).not.toBe(0);
    expect(child.stderr).toContain('DataFolderInUseError');
  });
});

describe('an existing database', () => {
  it('gets tables, columns and indexes that are missing and keeps its rows', async () => {
    {
      await using store = await openSqliteStore({ path, tables: [people] });
      await store.transact((tx) => tx.insert(people, { id: 1, name: 'Ada' }));
    }
    const grown = defineTable({
      name: 'people',
      columns: { id: 'integer', name: 'text', age: 'integer?', role: 'text', photo: 'blob' },
      key: ['id'],
      indexes: { by_name: { columns: ['name'], unique: true }, by_role: { columns: ['role', 'name'] } },
    });
    const other = defineTable({ name: 'other', columns: { key: 'text' }, key: ['key'] });
    await using store = await openSqliteStore({ path, tables: [grown, other] });
    expect(
      await store.read((reader) => reader.first(grown, { index: 'by_role', where: { role: '' } })),
    ).toEqual({
      id: 1,
      name: 'Ada',
      age: null,
      role: '',
      photo: new Uint8Array(0),
    });
    await store.transact((tx) => tx.insert(other, { key: 'x' }));
  });

  it('gets a changed index anew', async () => {
    const withIndex = (columns: readonly ('name' | 'id')[]) =>
      defineTable({ ...people, indexes: { by_name: { columns } } });
    await openAndClose([withIndex(['name'])]);
    await openAndClose([withIndex(['name', 'id'])]);
    await openAndClose([people]);
    const database = new DatabaseSync(path);
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'people%by%'").all()).toEqual([]);
    database.close();
  });

  it('of a newer version is refused, and left as it was', async () => {
    await openAndClose([people], 3);
    await expect(openAndClose([people], 2)).rejects.toThrow(IncompatibleDatabaseError);
    await expect(openAndClose([people], 2)).rejects.toThrow(/version 3/);
    await openAndClose([people], 3);
  });

  it('with a table or a column that is not declared is refused as newer, by the name of who wrote it', async () => {
    const newer = 'Causeway 9.9.9';
    const grown = defineTable({ ...people, columns: { ...people.columns, age: 'integer?' } });
    const other = defineTable({ name: 'other', columns: { key: 'text' }, key: ['key'] });
    await openAndClose([grown, other], undefined, { writtenBy: newer });
    await expect(openAndClose([grown])).rejects.toThrow(/newer version.*Causeway 9\.9\.9.*table other/);
    await expect(openAndClose([people, other])).rejects.toThrow(/table people has the column age/);
    await openAndClose([grown, other]);
  });

  describe('that has to be changed', () => {
    const grown = defineTable({ ...people, columns: { ...people.columns, age: 'integer?' } });
    const columnsIn = (file: string) => {
      const database = new DatabaseSync(file, { readOnly: true });
      const names = database.prepare('PRAGMA table_info(people)').all();
      database.close();
      return names.map(({ name }) => name);
    };

    it('can be copied before, as it was', async () => {
      const copy = join(folder, 'copy.db');
      {
        await using store = await openSqliteStore({ path, tables: [people] });
        await store.transact((tx) => tx.insert(people, { id: 1, name: 'Ada' }));
      }
      await openAndClose([grown], undefined, { beforeMigration: (copyTo) => copyTo(copy) });
      expect(columnsIn(path)).toEqual(['id', 'name', 'age']);
      expect(columnsIn(copy)).toEqual(['id', 'name']);
    });

    it('stays as it was when it could not be copied', async () => {
      await openAndClose([people]);
      const beforeMigration = () => {
        throw new Error('the disk is full');
      };
      await expect(openAndClose([grown], undefined, { beforeMigration })).rejects.toThrow('disk is full');
      expect(columnsIn(path)).toEqual(['id', 'name']);
    });

    it('is told so once, and a new one never', async () => {
      let told = 0;
      const beforeMigration = () => {
        told += 1;
      };
      await openAndClose([people], undefined, { beforeMigration });
      expect(told).toBe(0);
      await openAndClose([grown], undefined, { beforeMigration });
      await openAndClose([grown], undefined, { beforeMigration });
      expect(told).toBe(1);
    });
  });

  it.each([
    ['another type', defineTable({ name: 'people', columns: { id: 'integer', name: 'blob' }, key: ['id'] })],
    ['a column less', defineTable({ name: 'people', columns: { id: 'integer' }, key: ['id'] })],
    [
      'another key',
      defineTable({ name: 'people', columns: { id: 'integer', name: 'text', x: 'text' }, key: ['id', 'x'] }),
    ],
  ])('that cannot be brought to the declarations is refused: %s', async (_, table) => {
    await openAndClose([people]);
    await expect(openAndClose([table])).rejects.toThrow(IncompatibleDatabaseError);
    await openAndClose([people]);
  });
});

it('a store in memory leaves nothing in the temporary folder', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('causeway-')).length;
  await using _ = await openSqliteStore({ path: ':memory:', tables: [people] });
  const during = readdirSync(tmpdir()).filter((name) => name.startsWith('causeway-')).length;
  expect(during).toBeLessThanOrEqual(before);
});
