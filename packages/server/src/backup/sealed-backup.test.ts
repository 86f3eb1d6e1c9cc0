import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFolderAt } from '../data/data-folder.ts';
import { temporaryFolder } from '../test-support/causeway-process.ts';
import { configOf, register, run, signIn, v3 } from '../test-support/running-workspace.ts';
import { keepNewest, makeBackup } from './make-backup.ts';
import { restoreBackup, verifyBackup } from './restore-backup.ts';
import { type Lock, lockOf, type Opener, openerOf } from './sealing-keys.ts';

let root: string;
let data: string;
let backups: string;

const never = new AbortController().signal;
const quiet = { signal: never, progress: () => {} };
const SECRET = 'nine tall ships at dawn';
const withPassphrase = { kind: 'passphrase', passphrase: SECRET } as const;
/** A key is opened in no time; deriving one from a passphrase takes seconds, on purpose. */
const key = await generateX25519Identity();
const recipient = await identityToRecipient(key);
const withKey = { kind: 'identities', identities: [key] } as const;
const forKey = { kind: 'recipients', recipients: [recipient] } as const;

/** A workspace with a person, a room and a file of 200 kB; stopped. Returns the file's path. */
const fill = async (): Promise<string> => {
  await using workspace = await run(data);
  const ada = await register(workspace.httpPort, 'ada');
  const { room_id } = await ada.ok('POST', `${v3}/createRoom`, { name: 'Garden' });
  const text = 'a long file '.repeat(17_000);
  const { content_uri } = await ada.ok('POST', '/_matrix/media/v3/upload?filename=a.txt', text);
  await ada.ok('PUT', `${v3}/rooms/${String(room_id)}/send/m.room.message/1`, {
    msgtype: 'm.file',
    body: 'a.txt',
    url: content_uri,
  });
  return `/_matrix/client/v1/media/download/${String(content_uri).slice('mxc://'.length)}`;
};

const backUp = (lock: Lock, signal = never) =>
  makeBackup({ folder: dataFolderAt(data), into: backups, ...quiet, signal, lock });
const restore = (from: string, dataDir: string, opener?: Opener) =>
  restoreBackup({
    config: configOf(dataDir),
    ...{ from, replace: true, ...quiet },
    ...(opener === undefined ? {} : { opener }),
  });
const verify = (from: string, opener: Opener) =>
  verifyBackup({ config: configOf(join(root, 'nowhere')), from, opener, ...quiet });

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

describe('an encrypted backup', () => {
  it('is one file without a word of what is in it, and restored is the same workspace', async () => {
    const file = await fill();
    const { path, missing } = await backUp(withPassphrase);
    expect(missing).toEqual([]);
    expect(basename(path)).toMatch(/^causeway-\d{8}T\d{6}Z-north\.test\.age$/);
    expect(readdirSync(backups)).toEqual([basename(path)]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(path);
    for (const word of ['Garden', 'a long file', 'SQLite', 'ed25519', 'ustar']) {
      expect(bytes.includes(word), word).toBe(false);
    }
    expect(readdirSync(data).filter((name) => name.startsWith('backing-up'))).toEqual([]);
    const other = join(root, 'other');
    await restore(path, other, withPassphrase);
    expect(readdirSync(other).toSorted()).toEqual(['causeway.db', 'lock.db', 'media', 'signing.key']);
    expect(readFileSync(join(other, 'signing.key'))).toEqual(readFileSync(join(data, 'signing.key')));
    expect(statSync(join(other, 'signing.key')).mode & 0o777).toBe(0o600);
    await using workspace = await run(other);
    const ada = await signIn(workspace.httpPort, 'ada');
    expect(JSON.stringify(await ada.ok('GET', `${v3}/sync`))).toContain('Garden');
    expect(await (await ada.ask('GET', file)).text()).toBe('a long file '.repeat(17_000));
  });

  it('for a public key is opened with its secret key only', async () => {
    await fill();
    const foreign = await generateX25519Identity();
    const { path } = await backUp(forKey);
    const other = join(root, 'other');
    await expect(restore(path, other, { kind: 'identities', identities: [foreign] })).rejects.toThrow(
      /was encrypted for other keys/,
    );
    await expect(restore(path, other, withPassphrase)).rejects.toThrow(/encrypted for a key.*--identity/);
    expect(existsSync(other)).toBe(false);
    const manifest = await verify(path, { kind: 'identities', identities: [foreign, key] });
    expect(manifest.head.serverName).toBe('north.test');
    expect(existsSync(join(root, 'nowhere'))).toBe(false);
    await restore(path, other, withKey);
    expect(existsSync(join(other, 'causeway.db'))).toBe(true);
  });

  it('that is cancelled, or made by a process that was killed, leaves nothing behind', async () => {
    await fill();
    await expect(backUp(forKey, AbortSignal.abort())).rejects.toThrow(/cancelled/);
    expect(readdirSync(backups)).toEqual([]);
    const before = readdirSync(data);
    // Larger than any process ID that Linux gives out.
    mkdirSync(join(data, 'backing-up-4194305'));
    writeFileSync(join(data, 'backing-up-4194305', 'causeway.db'), 'half');
    await backUp(forKey);
    expect(readdirSync(data)).toEqual(before);
  });

  it('counts with those of the same workspace when old ones are deleted', async () => {
    await fill();
    const { path } = await backUp(forKey);
    const own = join(backups, 'causeway-20200101T000000Z-north.test.age');
    const foreign = join(backups, 'causeway-20200101T000000Z-south.test.age');
    const folder = join(backups, 'causeway-20200101T000000Z');
    writeFileSync(own, '');
    writeFileSync(foreign, '');
    mkdirSync(folder);
    expect(keepNewest(path, 1)).toEqual([own]);
    expect(readdirSync(backups)).toEqual([basename(folder), basename(foreign), basename(path)]);
  });
});

describe('an encrypted backup that is not as it was made', () => {
  const change = (path: string, at: number) => {
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const cut = (path: string, length: number) => {
    const file = openSync(path, 'r+');
    ftruncateSync(file, length);
    closeSync(file);
  };
  /** What is encrypted is in pieces of this many bytes. */
  const piece = 64 * 1024 + 16;
  const pieces = (path: string) => {
    const bytes = readFileSync(path);
    const start = bytes.indexOf('\n', bytes.indexOf('\n--- ') + 1) + 1 + 16;
    return { bytes, start };
  };

  const spoil: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ['is cut off in the middle', (path) => cut(path, statSync(path).size / 2), /changed, or it is cut off/],
    ['lacks its last byte', (path) => cut(path, statSync(path).size - 1), /changed, or it is cut off/],
    [
      'ends after a whole piece',
      (path) => cut(path, pieces(path).start + 3 * piece),
      /changed, or it is cut off/,
    ],
    [
      'has two pieces in the other order',
      (path) => {
        const { bytes, start } = pieces(path);
        const first = Buffer.from(bytes.subarray(start, start + piece));
        bytes.copyWithin(start, start + piece, start + 2 * piece);
        first.copy(bytes, start + piece);
        writeFileSync(path, bytes);
      },
      /changed, or it is cut off/,
    ],
    ['has a bit turned', (path) => change(path, pieces(path).start + 2 * piece + 5), /changed, or it is cut/],
    ['has a changed header', (path) => change(path, pieces(path).start - 20), /its beginning was changed/],
    ['is cut off in its header', (path) => cut(path, 40), /its beginning was changed/],
    ['is something else', (path) => writeFileSync(path, 'PK\x03\x04'), /is no backup/],
    ['is empty', (path) => writeFileSync(path, ''), /is no backup/],
  ];

  it('is refused, and what was there stays as it was', async () => {
    await fill();
    const sound = await backUp(forKey);
    const whole = readFileSync(sound.path);
    const before = contentsOf(data);
    const copy = join(root, 'copy.age');
    for (const [what, damage, message] of spoil) {
      writeFileSync(copy, whole);
      damage(copy);
      await expect(restore(copy, data, withKey), what).rejects.toThrow(message);
      expect(contentsOf(data), what).toEqual(before);
    }
    await verify(sound.path, withKey);
  });

  it('is refused with another passphrase, or without one', async () => {
    await fill();
    const { path } = await backUp(withPassphrase);
    const before = contentsOf(data);
    await expect(
      restore(path, data, { kind: 'passphrase', passphrase: 'nine tall ships at dusk' }),
    ).rejects.toThrow(/was encrypted with another passphrase\. Nothing was changed/);
    await expect(restore(path, data)).rejects.toThrow(/encrypted with a passphrase.*--passphrase-file/);
    expect(contentsOf(data)).toEqual(before);
  });

  it('is refused when who encrypted it put something else in', async () => {
    await fill();
    const { path } = await backUp(forKey);
    const decrypter = new Decrypter();
    decrypter.addIdentity(key);
    const archive = Buffer.from(await decrypter.decrypt(readFileSync(path)));
    const before = contentsOf(data);
    const forge = async (alter: (bytes: Buffer) => Buffer) => {
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      const forged = join(root, 'forged.age');
      writeFileSync(forged, await encrypter.encrypt(alter(Buffer.from(archive))));
      return forged;
    };
    const named = (name: string) => (bytes: Buffer) => {
      const header = bytes.subarray(0, 512);
      header.fill(0, 0, 100);
      header.write(name, 0);
      header.fill(' ', 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return bytes;
    };
    const cases: readonly (readonly [(bytes: Buffer) => Buffer, RegExp])[] = [
      [named('../../escaped'), /something in it that no backup has/],
      [named('signing.key'), /it has signing\.key twice/],
      [(bytes) => bytes.subarray(0, bytes.length - 4096), /ends too early|manifest/],
      [
        (bytes) => {
          bytes.write('x', 512 + 100);
          return bytes;
        },
        /causeway\.db is not what was backed up/,
      ],
      [(bytes) => Buffer.concat([bytes, Buffer.from('more')]), /something follows its end/],
    ];
    for (const [alter, message] of cases) {
      await expect(restore(await forge(alter), data, withKey)).rejects.toThrow(message);
    }
    expect(contentsOf(data)).toEqual(before);
    expect(existsSync(join(dirname(root), 'escaped'))).toBe(false);
  });

  it('is refused when it is of another server name, before anything is touched', async () => {
    await fill();
    const { path } = await backUp(forKey);
    const config = configOf(join(root, 'other'), 'south.test');
    await expect(
      restoreBackup({ config, from: path, replace: true, opener: withKey, ...quiet }),
    ).rejects.toThrow(/is of north\.test, and CAUSEWAY_SERVER_NAME is south\.test/);
    expect(readdirSync(join(root, 'other'))).toEqual(['lock.db']);
  });
});

describe('the files with secrets', () => {
  const write = (text: string, mode = 0o600) => {
    const path = join(root, 'secret');
    rmSync(path, { force: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };

  it('have a passphrase in one line, which is long and for their owner only', () => {
    expect(lockOf({ passphraseFile: write(`${SECRET}\r\n`) })).toEqual(withPassphrase);
    expect(openerOf({ passphraseFile: write(SECRET) })).toEqual(withPassphrase);
    expect(lockOf({})).toBeUndefined();
    expect(() => lockOf({ passphraseFile: write('') })).toThrow(/no passphrase in its first line/);
    expect(() => lockOf({ passphraseFile: write('short\n') })).toThrow(/shorter than 12/);
    expect(() => lockOf({ passphraseFile: write(`${SECRET}\nmore`) })).toThrow(/more than one line/);
    expect(() => lockOf({ passphraseFile: join(root, 'none') })).toThrow(/There is no .*none/);
    expect(() => lockOf({ passphraseFile: root })).toThrow(/is not a file/);
    for (const mode of [0o640, 0o604]) {
      expect(() => openerOf({ passphraseFile: write(SECRET, mode) })).toThrow(
        /can be read by others.*chmod 600/,
      );
    }
  });

  it('have keys as age-keygen writes them', async () => {
    expect(openerOf({ identity: write(`# created: today\n# public key: ${recipient}\n${key}\n`) })).toEqual({
      kind: 'identities',
      identities: [key],
    });
    expect(() => openerOf({ identity: write(recipient) })).toThrow(/is no file of keys/);
    expect(() => lockOf({ recipient: [key] })).toThrow(/This is a secret key/);
    expect(() => lockOf({ recipient: ['ada'] })).toThrow(/is no key that a backup can be encrypted for/);
    expect(() => lockOf({ recipient: [recipient], passphraseFile: 'x' })).toThrow(/not both/);
    await fill();
    const mistyped = `${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`;
    await expect(backUp({ kind: 'recipients', recipients: [mistyped] })).rejects.toThrow(/mistyped/);
    expect(readdirSync(backups)).toEqual([]);
  });
});
