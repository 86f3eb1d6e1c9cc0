/**
 * Encrypted backups are age files: ChaCha20-Poly1305 in pieces of 64 KiB that are numbered, the last one marked as such,
 * under a key that only the passphrase (scrypt) or the recipients' secret keys (X25519) give. What was cut off, put in
 * another order or changed is noticed, and the `age` program opens them too.
 *
 * @see https://age-encryption.org/v1
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Decrypter, Encrypter } from 'age-encryption';
import { StartupError } from '../startup-error.ts';
import { damaged } from './manifest.ts';
import type { Lock, Opener } from './sealing-keys.ts';

const FIRST_LINE = 'age-encryption.org/v1\n';
/** Room for hundreds of recipients; more than this is not read into memory. */
const MAX_HEADER = 64 * 1024;
const PIECE_BYTES = 256 * 1024;

/** Encrypts bytes into a new file for its owner only, and flushes it. */
export const seal = async (content: AsyncIterable<Uint8Array>, lock: Lock, to: string): Promise<void> => {
  const encrypter = encrypterFor(lock);
  const sealed = await encrypter.encrypt(ReadableStream.from(content));
  await using target = await open(to, 'wx', 0o600);
  for await (const piece of sealed) await target.writeFile(piece);
  await target.sync();
};

const encrypterFor = (lock: Lock): Encrypter => {
  const encrypter = new Encrypter();
  if (lock.kind === 'passphrase') {
    encrypter.setPassphrase(lock.passphrase);
    return encrypter;
  }
  for (const recipient of lock.recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw new StartupError(`${recipient} is no key of age: it was mistyped, or is cut off.`);
    }
  }
  return encrypter;
};

/** Whether this is a file, as only encrypted backups are. */
export const isSealed = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

export interface Unsealed extends AsyncDisposable {
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * What is in an encrypted file, piece by piece; the key is proven before this returns. A piece is what was encrypted;
 * that nothing is missing is only known when it ends.
 *
 * @throws StartupError here for what can not be opened, and while it is read for what is damaged
 */
export const unseal = async (
  path: string,
  opener: Opener | undefined,
  signal: AbortSignal,
): Promise<Unsealed> => {
  const kind = lockKindOf(path);
  refuseOtherKind(path, kind, opener);
  const decrypter = new Decrypter();
  if (opener?.kind === 'passphrase') decrypter.addPassphrase(opener.passphrase);
  for (const identity of opener?.kind === 'identities' ? opener.identities : []) {
    try {
      decrypter.addIdentity(identity);
    } catch {
      throw new StartupError('The secret key is no key of age: it was mistyped, or is cut off.');
    }
  }
  const file = await open(path, 'r');
  try {
    const opened = await decrypter.decrypt(ReadableStream.from(piecesOf(file, signal)));
    return {
      content: noticing(path, opened, signal),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    if (error instanceof Error && error.message.startsWith('no identity matched')) {
      throw new StartupError(
        kind === 'passphrase'
          ? `${path} was encrypted with another passphrase. Nothing was changed.`
          : `${path} was encrypted for other keys. Nothing was changed.`,
      );
    }
    throw damaged(path, 'its beginning was changed, or it is cut off');
  }
};

type LockKind = Lock['kind'];

/** What the header says, which is in plain text. */
const lockKindOf = (path: string): LockKind => {
  const header = beginningOf(path);
  if (!header.startsWith(FIRST_LINE)) {
    throw new StartupError(
      `${path} is no backup: neither a folder nor an encrypted one. Nothing was changed.`,
    );
  }
  if (!header.includes('\n--- ')) throw damaged(path, 'its beginning was changed, or it is cut off');
  return header.includes('\n-> scrypt ') ? 'passphrase' : 'recipients';
};

const beginningOf = (path: string): string => {
  const file = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(MAX_HEADER);
    return Buffer.from(buffer.subarray(0, readSync(file, buffer))).toString('latin1');
  } finally {
    closeSync(file);
  }
};

const refuseOtherKind = (path: string, kind: LockKind, opener: Opener | undefined): void => {
  if (kind === 'passphrase' && opener?.kind !== 'passphrase') {
    throw new StartupError(
      `${path} is encrypted with a passphrase. Name the file that has it: --passphrase-file FILE`,
    );
  }
  if (kind === 'recipients' && opener?.kind !== 'identities') {
    throw new StartupError(
      `${path} is encrypted for a key. Name the file with the secret key: --identity FILE`,
    );
  }
};

async function* piecesOf(file: FileHandle, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE_BYTES));
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Says of what can not be decrypted that the file is damaged; a fault of the disk stays what it is. */
async function* noticing(
  path: string,
  opened: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* opened;
  } catch (error) {
    if (signal.aborted || (error instanceof Error && 'code' in error)) throw error;
    throw damaged(path, 'it was changed, or it is cut off');
  }
}
