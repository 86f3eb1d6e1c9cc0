/** Takes an encrypted backup apart and compares all of it with the manifest in it. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Copied } from './copy-file.ts';
import { damaged, isBackupPath, MANIFEST, type Manifest, readManifest } from './manifest.ts';
import { unseal } from './seal.ts';
import type { Opener } from './sealing-keys.ts';
import { refuseWithoutSpace } from './space.ts';
import { type TarEntry, TarFault, untar } from './untar.ts';

export interface SealedBackup extends AsyncDisposable {
  /** Writes files into a folder that is there. @throws StartupError that names the first thing that is wrong */
  unpack(to: string, unpacking: Unpacking): Promise<Manifest>;
}

export type Unpacking = {
  /** The others are only read and compared. */
  readonly keep: (path: string) => boolean;
  /** Told how many bytes of all were read. */
  readonly progress: (done: number, all: number) => void;
};

/** @throws StartupError for a wrong passphrase or key, and for what is no encrypted backup */
export const openSealedBackup = async (
  from: string,
  opener: Opener | undefined,
  signal: AbortSignal,
): Promise<SealedBackup> => {
  const opened = await unseal(from, opener, signal);
  return {
    unpack: (to, unpacking) => unpack(from, opened.content, { to, ...unpacking }),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
};

const unpack = async (
  from: string,
  opened: AsyncIterable<Uint8Array>,
  { to, keep, progress }: Unpacking & { readonly to: string },
): Promise<Manifest> => {
  const found = new Map<string, Copied>();
  const all = statSync(from).size;
  refuseWithoutSpace('the backup', to, all);
  let done = 0;
  try {
    for await (const entry of untar(opened)) {
      if (!isBackupPath(entry.name) && entry.name !== MANIFEST) {
        throw damaged(from, 'it has something in it that no backup has');
      }
      if (found.has(entry.name)) throw damaged(from, `it has ${entry.name} twice`);
      const written = keep(entry.name) || entry.name === MANIFEST ? join(to, entry.name) : undefined;
      found.set(entry.name, await take(entry, written));
      done += entry.size;
      progress(Math.min(done, all), all);
    }
  } catch (error) {
    if (error instanceof TarFault) throw damaged(from, error.message);
    throw error;
  }
  if (!found.delete(MANIFEST)) throw damaged(from, 'its manifest is missing');
  const manifest = readManifest(to);
  rmSync(join(to, MANIFEST));
  for (const { path, size, sha256 } of manifest.files) {
    const is = found.get(path);
    if (is === undefined) throw damaged(from, `${path} is missing`);
    if (is.size !== size || is.sha256 !== sha256) throw damaged(from, `${path} is not what was backed up`);
    found.delete(path);
  }
  for (const path of found.keys()) throw damaged(from, `its manifest does not name ${path}`);
  return manifest;
};

const take = async ({ size, content }: TarEntry, to: string | undefined): Promise<Copied> => {
  const hash = createHash('sha256');
  if (to === undefined) {
    for await (const piece of content) hash.update(piece);
    return { size, sha256: hash.digest('hex') };
  }
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  await using target = await open(to, 'wx', 0o600);
  for await (const piece of content) {
    hash.update(piece);
    await target.writeFile(piece);
  }
  await target.sync();
  return { size, sha256: hash.digest('hex') };
};
