import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobStore, type BlobWriteResult, StoreFullError } from '@causeway/homeserver';

/** 18 random bytes: never guessed, never met twice. Lower-case hex survives every file system. */
const KEY_BYTES = 18;
const KEY = /^[0-9a-f]{36}$/;

const READ_BYTES = 64 * 1024;

/**
 * Keeps blobs as files: `<folder>/ab/cd/<key>`. Keys are made here, and only what looks like one is ever
 * made part of a path. A blob is written to `<folder>/incoming`, flushed, then renamed, so that a file with
 * a key is always whole; what a crash left in `incoming` is removed at the next start.
 */
export const openDiskBlobs = async (folder: string): Promise<BlobStore> => {
  const incoming = join(folder, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true });

  return {
    async write(source, options) {
      const key = randomBytes(KEY_BYTES).toString('hex');
      const temporary = join(incoming, key);
      try {
        const written = await writeFlushed(temporary, source, options);
        if (written.kind === 'too-large') return written;
        await moveDurably(temporary, pathOf(folder, key));
        return { kind: 'stored', key, size: written.size, sha256: written.sha256 };
      } catch (error) {
        throw isOutOfSpace(error) ? new StoreFullError({ cause: error }) : error;
      } finally {
        await rm(temporary, { force: true });
      }
    },

    async read(key) {
      if (!KEY.test(key)) return undefined;
      const { file } = pathOf(folder, key);
      try {
        const { size } = await stat(file);
        return { size, [Symbol.asyncIterator]: () => piecesOf(file) };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    async delete(key) {
      if (KEY.test(key)) await rm(pathOf(folder, key).file, { force: true });
    },
  };
};

type BlobPath = { readonly folders: readonly [string, string, string]; readonly file: string };

const pathOf = (folder: string, key: string): BlobPath => {
  const first = join(folder, key.slice(0, 2));
  const second = join(first, key.slice(2, 4));
  return { folders: [folder, first, second], file: join(second, key) };
};

type Written =
  | Extract<BlobWriteResult, { kind: 'too-large' }>
  | { readonly kind: 'written'; readonly size: number; readonly sha256: Uint8Array };

const writeFlushed = async (
  path: string,
  source: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal?: AbortSignal },
): Promise<Written> => {
  signal?.throwIfAborted();
  await using file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of source) {
    signal?.throwIfAborted();
    size += piece.byteLength;
    if (size > maxBytes) return { kind: 'too-large' };
    hash.update(piece);
    await file.writeFile(piece);
  }
  await file.sync();
  return { kind: 'written', size, sha256: new Uint8Array(hash.digest()) };
};

/**
 * A name is on stable storage when its folder was flushed, and that folder's name in its own. All three are
 * flushed each time: that another write made a folder does not say that it has flushed it yet.
 */
const moveDurably = async (from: string, { folders, file }: BlobPath): Promise<void> => {
  const [root, first, second] = folders;
  await mkdir(second, { recursive: true, mode: 0o700 });
  await rename(from, file);
  for (const folder of [second, first, root]) await flushFolder(folder);
};

const flushFolder = async (path: string): Promise<void> => {
  // Windows can't open folders; its file systems journal names themselves.
  if (process.platform === 'win32') return;
  await using folder = await open(path, 'r');
  await folder.sync();
};

/** Opens the file when reading starts, so that a blob nobody reads holds nothing. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  for (;;) {
    const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(READ_BYTES) });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';

const isOutOfSpace = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(String(codeOf(error)));

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
