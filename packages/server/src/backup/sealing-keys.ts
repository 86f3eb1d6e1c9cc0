/** What an encrypted backup is locked with, and opened with: passphrases and keys out of files of the admin. */
import { readFileSync, statSync } from 'node:fs';
import { StartupError } from '../startup-error.ts';

/** Whom a backup is for. */
export type Lock =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  /** Public keys of age: `age1…`, as `age-keygen` prints them. */
  | { readonly kind: 'recipients'; readonly recipients: readonly string[] };

/** What somebody who wants to read a backup has. */
export type Opener =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  /** Secret keys of age: `AGE-SECRET-KEY-1…`. */
  | { readonly kind: 'identities'; readonly identities: readonly string[] };

/** Who has the backup can try passphrases as fast as their machines go; shorter ones are found. */
const MIN_PASSPHRASE = 12;

/** `--recipient` and `--passphrase-file` of `causeway backup`; undefined: not encrypted. */
export const lockOf = (options: {
  readonly recipient?: readonly string[];
  readonly passphraseFile?: string;
}): Lock | undefined => {
  const { recipient: recipients = [], passphraseFile } = options;
  if (passphraseFile !== undefined && recipients.length > 0) {
    throw new StartupError('A backup is encrypted with a passphrase or for recipients, not both.');
  }
  if (recipients.length > 0) {
    const strange = recipients.find((each) => !/^age1[a-z0-9]+$/.test(each));
    if (strange !== undefined) {
      throw new StartupError(
        strange.startsWith('AGE-SECRET-KEY-')
          ? 'This is a secret key. --recipient takes the public one, which begins with age1.'
          : `${strange} is no key that a backup can be encrypted for; such a key begins with age1.`,
      );
    }
    return { kind: 'recipients', recipients };
  }
  if (passphraseFile === undefined) return undefined;
  const passphrase = passphraseIn(passphraseFile);
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new StartupError(
      `The passphrase in ${passphraseFile} is shorter than ${MIN_PASSPHRASE} characters, and would be found by trying.`,
    );
  }
  return { kind: 'passphrase', passphrase };
};

/** `--identity` and `--passphrase-file` of `causeway restore`. */
export const openerOf = (options: {
  readonly identity?: string;
  readonly passphraseFile?: string;
}): Opener | undefined => {
  const { identity, passphraseFile } = options;
  if (identity !== undefined && passphraseFile !== undefined) {
    throw new StartupError('A backup is opened with a passphrase or with a key, not both.');
  }
  if (identity !== undefined) return { kind: 'identities', identities: identitiesIn(identity) };
  if (passphraseFile === undefined) return undefined;
  return { kind: 'passphrase', passphrase: passphraseIn(passphraseFile) };
};

/** The first line; what editors put at its end is not part of it. */
const passphraseIn = (path: string): string => {
  const [line = '', ...more] = secretIn(path, 'passphrase').split(/\r?\n/);
  if (line === '') throw new StartupError(`${path} has no passphrase in its first line.`);
  if (more.some((each) => each !== '')) {
    throw new StartupError(`${path} has more than one line; a passphrase is one line.`);
  }
  return line;
};

/** The file that `age-keygen` writes: a key in each line, and comments. */
const identitiesIn = (path: string): readonly string[] => {
  const lines = secretIn(path, 'key')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every((line) => /^AGE-SECRET-KEY-[A-Z0-9-]+$/.test(line))) {
    throw new StartupError(`${path} is no file of keys as age-keygen writes it (AGE-SECRET-KEY-…).`);
  }
  return lines;
};

const secretIn = (path: string, what: string): string => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new StartupError(`There is no ${path}, which should have the ${what}.`);
  if (!stat.isFile()) throw new StartupError(`${path} is not a file.`);
  if ((stat.mode & 0o077) !== 0) {
    throw new StartupError(
      `The ${what} in ${path} can be read by others (mode ${(stat.mode & 0o777).toString(8)}). Close it: chmod 600 ${path}`,
    );
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartupError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
};
