import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
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
      `The signing key ${path} can be read by others (mode ${mode}). Close it with: chmod 600 ${path}\nIf others may have read it, make a new one.`,
    );
  }
  return parseSigningKey(readFileSync(path, 'utf8'), path);
};

const makeSigningKey = (path: string): SigningKeySeed => {
  // A random version: a new key after a lost one must not bear the ID of the old one.
  const key = { seed: new Uint8Array(randomBytes(SEED_BYTES)), version: randomBytes(4).toString('hex') };
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `ed25519 ${key.version} ${encodeBase64(key.seed)}\n`);
    // The first signature may leave at once; the key must not be lost after that.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return key;
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
