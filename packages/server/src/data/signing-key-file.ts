import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { decodeBase64, encodeBase64 } from '@causeway/protocol';
import { StartupError } from '../startup-error.ts';

export type SigningKeySeed = {
  readonly seed: Uint8Array;
  /** What follows `ed25519:` in the key ID. */
  readonly version: string;
};

const SEED_BYTES = 32;

/**
 * Reads the server's signing key, or makes it at the first start. Whoever has it can speak in the server's
 * name, so a file that others can read is refused.
 *
 * The file is one line, `ed25519 VERSION SEED`, which other homeservers write too.
 */
export const loadSigningKey = (path: string): SigningKeySeed => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return makeSigningKey(path);
  if ((stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8).padStart(3, '0');
    throw new StartupError(
      `The signing key ${path} can be read by others (mode ${mode}). Close it with: chmod 600 ${path}\nIf others may have read it, make a new one afterwards with: causeway signing-key rotate`,
    );
  }
  return parseSigningKey(readFileSync(path, 'utf8'), path);
};

const makeSigningKey = (path: string): SigningKeySeed => {
  const key = newSigningKey();
  writeFileDurably(path, textOf(key));
  return key;
};

/** A random version: a new key after a lost one must not bear the ID of the old one. */
const newSigningKey = (): SigningKeySeed => ({
  seed: new Uint8Array(randomBytes(SEED_BYTES)),
  version: randomBytes(4).toString('hex'),
});

const textOf = ({ version, seed }: SigningKeySeed): string => `ed25519 ${version} ${encodeBase64(seed)}\n`;

export type ReplacedSigningKey = SigningKeySeed & {
  /** Puts the key from before back, for a new one that could not be taken into use. */
  readonly undo: () => void;
};

/**
 * Puts a new key in the place of the one that is there, at once: whenever the process ends, the file has the one or
 * the other. A file that others can read is refused, because the new key would be as open.
 */
export const replaceSigningKey = (path: string): ReplacedSigningKey => {
  loadSigningKey(path);
  const before = readFileSync(path, 'utf8');
  const key = newSigningKey();
  replaceFile(path, textOf(key));
  return { ...key, undo: () => replaceFile(path, before) };
};

const replaceFile = (path: string, text: string): void => {
  const next = `${path}.new`;
  // Left behind by a process that ended while it wrote.
  rmSync(next, { force: true });
  try {
    writeFileDurably(next, text);
    renameSync(next, path);
  } finally {
    rmSync(next, { force: true });
  }
  syncFolder(dirname(path));
};

/** The first signature may leave at once; the key must not be lost after that. */
const writeFileDurably = (path: string, text: string): void => {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(dirname(path));
};

/** A name in a folder is on disk when the folder is. */
const syncFolder = (path: string): void => {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

const parseSigningKey = (text: string, path: string): SigningKeySeed => {
  const match = /^ed25519 ([A-Za-z0-9_]+) ([A-Za-z0-9+/]+=?)\s*$/.exec(text);
  const [, version, encoded] = match ?? [];
  const seed = encoded === undefined ? undefined : decodeBase64(encoded);
  if (version === undefined || seed?.length !== SEED_BYTES) {
    throw new StartupError(`The signing key ${path} is damaged: it must be one line, ed25519 VERSION SEED.`);
  }
  return { seed: Uint8Array.from(seed), version };
};
