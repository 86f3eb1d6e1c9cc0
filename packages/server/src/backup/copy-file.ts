import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

const PIECE_BYTES = 256 * 1024;

export type Copied = { readonly size: number; readonly sha256: string };

/** Copies into a new file for its owner only, and flushes it. */
export const copyFile = async (from: string, to: string, signal: AbortSignal): Promise<Copied> => {
  await using source = await open(from, 'r');
  await using target = await open(to, 'wx', 0o600);
  const copied = await readThrough(source, signal, (piece) => target.writeFile(piece));
  await target.sync();
  return copied;
};

export const hashFile = async (path: string, signal: AbortSignal): Promise<Copied> => {
  await using source = await open(path, 'r');
  return await readThrough(source, signal, async () => {});
};

/** The same where nothing else may happen meanwhile. */
export const hashFileSync = (path: string): Copied => {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(PIECE_BYTES);
  const file = openSync(path, 'r');
  try {
    for (let size = 0; ; ) {
      const bytes = readSync(file, buffer);
      if (bytes === 0) return { size, sha256: hash.digest('hex') };
      hash.update(buffer.subarray(0, bytes));
      size += bytes;
    }
  } finally {
    closeSync(file);
  }
};

type Source = { read(buffer: Uint8Array): Promise<{ readonly bytesRead: number }> };

const readThrough = async (
  source: Source,
  signal: AbortSignal,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<Copied> => {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(PIECE_BYTES);
  for (let size = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await source.read(buffer);
    if (bytesRead === 0) return { size, sha256: hash.digest('hex') };
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    await take(piece);
    size += bytesRead;
  }
};

/** Makes the names in a folder durable. */
export const flushFolder = (path: string): void => {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};
