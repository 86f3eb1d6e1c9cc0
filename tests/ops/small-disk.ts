/** A file system of its own, which can be filled and made read-only. It needs root. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LeftOut } from './ops-case.ts';

/** The folder where it is, until the end of the suite; or why there is none. */
export const smallDisk = (own: AsyncDisposableStack, kilobytes: number): string | LeftOut => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-ops-disk-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (!mount(['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=700`, 'tmpfs', folder])) {
    remove();
    return new LeftOut('no small disk can be mounted here: it needs root');
  }
  const unmount = () => {
    spawnSync('umount', ['--lazy', folder]);
    remove();
  };
  process.once('exit', unmount);
  own.defer(() => {
    process.off('exit', unmount);
    unmount();
  });
  return folder;
};

const MEGABYTE = Buffer.alloc(1_000_000);

/** Until there is no more space, or so many megabytes. */
export const fill = (path: string, megabytes: number): void => {
  for (let written = 0; written < megabytes; written++) {
    try {
      writeFileSync(path, MEGABYTE, { flag: 'a' });
    } catch {
      return;
    }
  }
};

/** Makes a small disk read-only, whatever is open on it, or writable again. */
export const remount = (folder: string, mode: 'ro' | 'rw'): void => {
  if (!mount(['-o', `remount,${mode}`, folder])) throw new Error(`${folder} can not be mounted ${mode}`);
};

const mount = (args: readonly string[]): boolean => spawnSync('mount', [...args]).status === 0;
