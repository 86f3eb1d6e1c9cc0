/**
 * What a backup consists of: one line of JSON about the whole, one for each file, and a last one with the SHA-256 of all
 * lines before it. A file that was cut off anywhere is known by its end.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../startup-error.ts';

export const MANIFEST = 'manifest.jsonl';
const FORMAT = 1;

export type BackupHead = {
  /** Version of the program that made it. */
  readonly program: string;
  /** Null before set-up. */
  readonly serverName: string | null;
  /** Milliseconds since the epoch: nothing in it is newer. */
  readonly created: number;
  /** `database`: without keys, files and configuration, as it is made before an upgrade. */
  readonly contents: 'everything' | 'database';
};

export type BackupFile = {
  /** Relative, with slashes. */
  readonly path: string;
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
};

export type Manifest = { readonly head: BackupHead; readonly files: readonly BackupFile[] };

export const DATABASE = 'causeway.db';
export const SIGNING_KEY = 'signing.key';
export const CONFIGURATION = 'causeway.config.json';

/** A manifest that somebody else wrote leads nowhere else. */
const KNOWN_PATH =
  /^(?:causeway\.db|signing\.key|causeway\.config\.json|media\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{36})$/;

export const isBackupPath = (path: string): boolean => KNOWN_PATH.test(path);

/** Written last, and flushed: a folder without it is not a backup. */
export const writeManifest = (folder: string, { head, files }: Manifest): void => {
  const hash = createHash('sha256');
  const file = openSync(join(folder, MANIFEST), 'wx', 0o600);
  try {
    const write = (value: object) => {
      const line = `${JSON.stringify(value)}\n`;
      hash.update(line);
      writeSync(file, line);
    };
    write({ causeway_backup: FORMAT, ...head });
    for (const each of files) write(each);
    write({ files: files.length, sha256: hash.copy().digest('hex') });
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/** @throws StartupError that says why this is not a whole backup */
export const readManifest = (folder: string): Manifest => {
  const lines = textOf(folder).split('\n');
  const [first, ...more] = lines;
  const head = parse(first);
  if (typeof head?.['causeway_backup'] !== 'number')
    throw damaged(folder, 'its manifest does not begin as one');
  if (head['causeway_backup'] > FORMAT) {
    throw new StartupError(
      `The backup ${folder} was made by a newer Causeway (${String(head['program'])}); restore it with that version.`,
    );
  }
  const afterEnd = more.pop();
  const last = more.pop();
  const end = parse(last);
  const sha256 = createHash('sha256')
    .update([first, ...more, ''].join('\n'))
    .digest('hex');
  if (afterEnd !== '' || end?.['sha256'] !== sha256 || end['files'] !== more.length) {
    throw damaged(folder, 'its manifest is cut off, or was changed');
  }
  return { head: headOf(folder, head), files: more.map((line) => fileOf(folder, line)) };
};

/** The manifest, or undefined for what is no whole backup. */
export const manifestIfWhole = (folder: string): Manifest | undefined => {
  try {
    return readManifest(folder);
  } catch (error) {
    if (error instanceof StartupError) return undefined;
    throw error;
  }
};

const textOf = (folder: string): string => {
  try {
    return readFileSync(join(folder, MANIFEST), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new StartupError(
      `${folder} is not a whole backup: it has no ${MANIFEST}, which is written last. Either it is no backup, or making it was interrupted. Nothing was changed; take another backup.`,
    );
  }
};

type Fields = { readonly [name: string]: unknown };

const parse = (line: string | undefined): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(line ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

const headOf = (folder: string, { program, serverName, created, contents }: Fields): BackupHead => {
  if (
    typeof program !== 'string' ||
    typeof created !== 'number' ||
    (contents !== 'everything' && contents !== 'database') ||
    (serverName !== null && typeof serverName !== 'string')
  ) {
    throw damaged(folder, 'its manifest does not say what it is of');
  }
  return { program, serverName, created, contents };
};

const fileOf = (folder: string, line: string): BackupFile => {
  const { path, size, sha256 } = parse(line) ?? {};
  if (
    typeof path !== 'string' ||
    typeof size !== 'number' ||
    typeof sha256 !== 'string' ||
    !isBackupPath(path)
  ) {
    throw damaged(folder, 'its manifest names something that no backup has');
  }
  return { path, size, sha256 };
};

export const damaged = (folder: string, what: string): StartupError =>
  new StartupError(`The backup ${folder} is damaged: ${what}. Nothing was changed; take another backup.`);
