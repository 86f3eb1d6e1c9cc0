import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredBlob } from '@causeway/homeserver';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDiskBlobs } from './disk-blobs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* pieces(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const [i, size] of sizes.entries()) yield new Uint8Array(size).fill(i + 1);
}
const bytesOf = async (blob: StoredBlob | undefined) => {
  if (blob === undefined) return undefined;
  const read: Uint8Array[] = [];
  for await (const piece of blob) read.push(piece);
  return Buffer.concat(read);
};
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

it('gives back the bytes, their size and their hash', async () => {
  const blobs = await openDiskBlobs(folder);
  const stored = await blobs.write(pieces(100_000, 0, 5), { maxBytes: 100_005 });
  if (stored.kind !== 'stored') throw new Error('not stored');
  const expected = Buffer.concat([Buffer.alloc(100_000, 1), Buffer.alloc(5, 3)]);
  expect(stored.size).toBe(100_005);
  expect(Buffer.from(stored.sha256)).toEqual(createHash('sha256').update(expected).digest());
  const blob = await blobs.read(stored.key);
  expect(blob?.size).toBe(100_005);
  expect(await bytesOf(blob)).toEqual(expected);
  expect(await bytesOf(await (await openDiskBlobs(folder)).read(stored.key))).toEqual(expected);
  await blobs.delete(stored.key);
  await blobs.delete(stored.key);
  expect(await blobs.read(stored.key)).toBeUndefined();
  expect(files()).toEqual([]);
});

it('keeps an empty blob', async () => {
  const blobs = await openDiskBlobs(folder);
  const stored = await blobs.write(pieces(), { maxBytes: 0 });
  if (stored.kind !== 'stored') throw new Error('not stored');
  expect(await bytesOf(await blobs.read(stored.key))).toEqual(Buffer.alloc(0));
});

it('stops reading a blob that is too large and leaves nothing behind', async () => {
  const blobs = await openDiskBlobs(folder);
  let handedOver = 0;
  async function* endless() {
    for (;;) {
      handedOver += 1000;
      yield new Uint8Array(1000);
    }
  }
  expect(await blobs.write(endless(), { maxBytes: 10_000 })).toEqual({ kind: 'too-large' });
  expect(handedOver).toBe(11_000);
  expect(files()).toEqual([]);
});

it('leaves nothing behind when the source breaks off or the caller gives up', async () => {
  const blobs = await openDiskBlobs(folder);
  async function* broken() {
    yield new Uint8Array(10);
    throw new Error('connection lost');
  }
  await expect(blobs.write(broken(), { maxBytes: 100 })).rejects.toThrow('connection lost');
  await expect(blobs.write(pieces(1), { maxBytes: 100, signal: AbortSignal.abort() })).rejects.toThrow();
  expect(files()).toEqual([]);
});

it('removes at the start what a crash left half written', async () => {
  await openDiskBlobs(folder);
  writeFileSync(join(folder, 'incoming', 'a'.repeat(36)), 'half');
  await openDiskBlobs(folder);
  expect(files()).toEqual([]);
});

it.each([
  '../secret',
  'secret',
  '..',
  '',
  '/etc/passwd',
  'a'.repeat(35),
  `${'a'.repeat(36)}\0`,
  'A'.repeat(36),
  `ab/../../secret`.padEnd(36, 'a'),
])('never makes a path of what is not a key: %j', async (key) => {
  const blobs = await openDiskBlobs(join(folder));
  writeFileSync(join(folder, 'secret'), 'secret');
  expect(await blobs.read(key)).toBeUndefined();
  await blobs.delete(key);
  expect(files()).toEqual(['secret']);
});
