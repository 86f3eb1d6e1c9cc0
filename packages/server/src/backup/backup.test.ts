import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFolderAt } from '../data/data-folder.ts';
import { openData } from '../data/open-data.ts';
import { silentLog } from '../log/create-log.ts';
import { temporaryFolder } from '../test-support/causeway-process.ts';
import { configOf, register, run, signIn, v3 } from '../test-support/running-workspace.ts';
import { backupsIn, keepNewest, makeBackup } from './make-backup.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { restoreBackup, verifyBackup } from './restore-backup.ts';

let root: string;
let data: string;
let backups: string;

/** A workspace with a person, a room and a file; stopped. Returns the file's path. */
const fill = async (): Promise<string> => {
  await using workspace = await run(data);
  const port = workspace.httpPort;
  const ada = await register(port, 'ada');
  const { room_id } = await ada.ok('POST', `${v3}/createRoom`, { name: 'Garden' });
  const { content_uri } = await ada.ok('POST', '/_matrix/media/v3/upload?filename=a.txt', 'a file');
  await ada.ok('PUT', `${v3}/rooms/${String(room_id)}/send/m.room.message/1`, {
    msgtype: 'm.file',
    body: 'a.txt',
    url: content_uri,
  });
  return `/_matrix/client/v1/media/download/${String(content_uri).slice('mxc://'.length)}`;
};

const never = new AbortController().signal;
const quiet = { signal: never, progress: () => {} };
const backUp = (signal = never) =>
  makeBackup({ folder: dataFolderAt(data), into: backups, ...quiet, signal });
const restore = (from: string, dataDir: string, replace = false) =>
  restoreBackup({ config: configOf(dataDir), from, replace, ...quiet });
const verify = (from: string) => verifyBackup({ config: configOf(data), from, ...quiet });

/** Every file below a folder with its bytes. */
const contentsOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'lock.db')
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => `${path} ${readFileSync(path).toString('hex').slice(0, 4_000)}`);

beforeEach(() => {
  root = temporaryFolder();
  data = join(root, 'data');
  backups = join(root, 'backups');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a backup', () => {
  it('restored elsewhere is the same workspace: people, rooms, files and key', async () => {
    const file = await fill();
    const { path, missing } = await backUp();
    expect(missing).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const other = join(root, 'other');
    await restore(path, other);
    expect(readFileSync(join(other, 'signing.key'))).toEqual(readFileSync(join(data, 'signing.key')));
    expect(statSync(join(other, 'signing.key')).mode & 0o777).toBe(0o600);
    await using workspace = await run(other);
    const ada = await signIn(workspace.httpPort, 'ada');
    expect(JSON.stringify(await ada.ok('GET', `${v3}/sync`))).toContain('Garden');
    expect(await (await ada.ask('GET', file)).text()).toBe('a file');
  });

  it('leaves a restored audit log sound, with an entry that says so', async () => {
    await fill();
    const { path } = await backUp();
    await restore(path, join(root, 'other'));
    const database = new DatabaseSync(join(root, 'other', 'causeway.db'), { readOnly: true });
    const entries = database.prepare('SELECT action FROM workspace_audit ORDER BY sequence').all();
    database.close();
    expect(entries.at(-1)).toMatchObject({ action: 'backup.restore' });
  });

  it('takes the space of a file only once, and old ones are deleted', async () => {
    await fill();
    const first = await backUp();
    renameSync(first.path, join(backups, 'causeway-20200101T000000Z'));
    const second = await backUp();
    expect(second.linkedBytes).toBe('a file'.length);
    expect(keepNewest(second.path, 1)).toEqual([join(backups, 'causeway-20200101T000000Z')]);
    expect(backupsIn(backups)).toEqual([second.path]);
    await verify(second.path);
  });

  it('does not take over a file that is rotten in the one before', async () => {
    await fill();
    const first = await backUp();
    const old = join(backups, 'causeway-20200101T000000Z');
    renameSync(first.path, old);
    const [blob = ''] = blobsIn(old);
    writeFileSync(blob, 'b file');
    const second = await backUp();
    expect(second.linkedBytes).toBe(0);
    await verify(second.path);
  });

  it('that begins in the same second as another leaves that one alone, and both are whole', async () => {
    await fill();
    const made = await Promise.all([backUp(), backUp(), backUp()]);
    const paths = made.map(({ path }) => path);
    expect(new Set(paths).size).toBe(3);
    expect(backupsIn(backups)).toEqual(paths.toSorted());
    for (const path of paths) await verify(path);
  });

  it('says which files of people are gone', async () => {
    await fill();
    const [blob = ''] = blobsIn(data);
    rmSync(blob);
    const { missing } = await backUp();
    expect(missing).toHaveLength(1);
    expect(blob).toContain(missing[0]);
  });

  it('that is cancelled, or of a damaged database, leaves nothing', async () => {
    await fill();
    await expect(backUp(AbortSignal.abort())).rejects.toThrow(/cancelled/);
    expect(readdirSync(backups)).toEqual([]);
    const pages = readFileSync(join(data, 'causeway.db'));
    pages.fill(0x5a, 4096 * 3, 4096 * 30);
    writeFileSync(join(data, 'causeway.db'), pages);
    await expect(backUp()).rejects.toThrow(/damaged|malformed/);
    expect(readdirSync(backups)).toEqual([]);
  });
});

const blobsIn = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'media'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('a backup that is not whole', () => {
  const spoil: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ['was interrupted', (path) => rmSync(join(path, 'manifest.jsonl')), /not a whole backup.*interrupted/],
    [
      'has half a manifest',
      (path) => {
        const text = readFileSync(join(path, 'manifest.jsonl'));
        writeFileSync(join(path, 'manifest.jsonl'), text.subarray(0, text.length / 2));
      },
      /manifest is cut off/,
    ],
    [
      'has an empty manifest',
      (path) => writeFileSync(join(path, 'manifest.jsonl'), ''),
      /does not begin as one/,
    ],
    ['lacks a file', (path) => rmSync(blobsIn(path)[0] ?? ''), /media\/.* is missing/],
    ['lacks its key', (path) => rmSync(join(path, 'signing.key')), /signing\.key is missing/],
    [
      'has a longer file',
      (path) => appendFileSync(join(path, 'causeway.db'), 'x'),
      /has \d+ bytes and should have/,
    ],
    [
      'has a changed file',
      (path) => writeFileSync(blobsIn(path)[0] ?? '', 'b file'),
      /is not what was backed up/,
    ],
    [
      'is of a newer format',
      (path) => writeFileSync(join(path, 'manifest.jsonl'), '{"causeway_backup":2,"program":"9.0.0"}\n'),
      /newer Causeway \(9\.0\.0\)/,
    ],
    [
      'leads outside',
      (path) => {
        const { head } = readManifest(path);
        rmSync(join(path, 'manifest.jsonl'));
        writeManifest(path, { head, files: [{ path: '../../etc/x', size: 0, sha256: '' }] });
      },
      /names something that no backup has/,
    ],
  ];

  it('is refused by name, and what was there stays as it was', async () => {
    await fill();
    const sound = await backUp();
    const before = contentsOf(data);
    for (const [what, damage, message] of spoil) {
      const copy = join(root, 'copy');
      rmSync(copy, { recursive: true, force: true });
      cpSync(sound.path, copy, { recursive: true });
      damage(copy);
      await expect(restore(copy, data, true), what).rejects.toThrow(message);
      await expect(verify(copy), what).rejects.toThrow(message);
      expect(contentsOf(data), what).toEqual(before);
    }
    await verify(sound.path);
  });

  it('is refused when it is of another server name, or no folder at all', async () => {
    await fill();
    const { path } = await backUp();
    const other = configOf(join(root, 'other'), 'south.test');
    await expect(restoreBackup({ config: other, from: path, replace: false, ...quiet })).rejects.toThrow(
      /is of north\.test, and CAUSEWAY_SERVER_NAME is south\.test/,
    );
    await expect(restore(join(root, 'nothing'), join(root, 'other'))).rejects.toThrow(/not a whole backup/);
    expect(existsSync(join(root, 'other', 'causeway.db'))).toBe(false);
  });
});

describe('restoring where a workspace is', () => {
  it('needs to be said, and moves what is there aside', async () => {
    await fill();
    const { path } = await backUp();
    const before = contentsOf(data);
    await expect(restore(path, data)).rejects.toThrow(/restore --replace/);
    expect(contentsOf(data)).toEqual(before);
    const { aside } = await restore(path, data, true);
    expect(readdirSync(aside ?? '').toSorted()).toEqual(['causeway.db', 'media', 'signing.key']);
    await using workspace = await run(data);
    await signIn(workspace.httpPort, 'ada');
  });

  it('is refused while it runs', async () => {
    await fill();
    const { path } = await backUp();
    await using _workspace = await run(data);
    await expect(restore(path, data, true)).rejects.toThrow(/in use by another running Causeway/);
  });

  it('that was interrupted when it was whole is finished by the next start', async () => {
    await fill();
    const { path } = await backUp();
    const other = join(root, 'other');
    await restore(path, other);
    const folder = dataFolderAt(other);
    mkdirSync(folder.restored, { mode: 0o700 });
    renameSync(folder.database, join(folder.restored, 'causeway.db'));
    writeFileSync(join(folder.restored, 'aside'), 'before-restore-x');
    writeFileSync(folder.database, 'what was there before');
    {
      await using _store = await openData(folder, { log: silentLog });
    }
    expect(existsSync(folder.restored)).toBe(false);
    expect(readFileSync(join(other, 'before-restore-x', 'causeway.db'), 'utf8')).toBe(
      'what was there before',
    );
    await using workspace = await run(other);
    await signIn(workspace.httpPort, 'ada');
  });

  it('tells of a key in the backup that others could read, and closes its own', async () => {
    await fill();
    const { path } = await backUp();
    chmodSync(join(path, 'signing.key'), 0o644);
    const { notes } = await restore(path, join(root, 'other'));
    expect(notes.join()).toMatch(/signing key in the backup can be read by others \(mode 644\)/);
    expect(statSync(join(root, 'other', 'signing.key')).mode & 0o777).toBe(0o600);
  });
});

describe('an upgrade that changes the database', () => {
  const older = () => {
    const database = new DatabaseSync(join(data, 'causeway.db'));
    database.exec('DROP TABLE restores; DROP TABLE workspace_reports');
    database.close();
  };

  it('keeps a copy from before, which can be restored', async () => {
    await fill();
    older();
    const folder = dataFolderAt(data);
    {
      await using _store = await openData(folder, { log: silentLog });
    }
    const [name = ''] = readdirSync(folder.beforeUpgrade);
    const copy = join(folder.beforeUpgrade, name);
    const { head } = await verify(copy);
    expect(head).toMatchObject({ contents: 'database', serverName: 'north.test' });
    {
      await using _store = await openData(folder, { log: silentLog });
    }
    expect(readdirSync(folder.beforeUpgrade)).toEqual([name]);
    const file = blobsIn(data);
    await restore(copy, data, true);
    expect(blobsIn(data)).toEqual(file);
    await using workspace = await run(data);
    await signIn(workspace.httpPort, 'ada');
  });

  it('does not begin when the copy cannot be made', async () => {
    await fill();
    older();
    const folder = dataFolderAt(data);
    writeFileSync(folder.beforeUpgrade, 'in the way');
    await expect(openData(folder, { log: silentLog })).rejects.toThrow(
      /copy from before that could not be made/,
    );
    const database = new DatabaseSync(folder.database, { readOnly: true });
    const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'restores'").get();
    database.close();
    expect(tables).toEqual({ n: 0 });
  });

  it('of a newer version is refused with its name, and nothing is changed', async () => {
    await fill();
    const database = new DatabaseSync(join(data, 'causeway.db'));
    database.exec(
      "CREATE TABLE from_the_future (x); UPDATE meta SET value = 'Causeway 9.9.9' WHERE key = 'written_by'",
    );
    database.close();
    const before = contentsOf(data);
    await expect(openData(dataFolderAt(data), { log: silentLog })).rejects.toThrow(
      /newer version of Causeway \(Causeway 9\.9\.9\).*Nothing was changed/,
    );
    expect(contentsOf(data)).toEqual(before);
  });
});
