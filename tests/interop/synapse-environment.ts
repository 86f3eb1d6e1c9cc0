import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The newest version when this was written; a newer one is tried by changing this line. */
export const SYNAPSE_VERSION = '1.163.2';

export type SynapseEnvironment =
  | { readonly kind: 'ready'; readonly python: string }
  /** Why the suite has to be left out here. */
  | { readonly kind: 'unavailable'; readonly reason: string };

const FOLDER = fileURLToPath(new URL('../../.cache/synapse-venv', import.meta.url));

/** Building wheels on a machine without prebuilt ones takes minutes. */
const INSTALL_LIMIT_MS = 15 * 60 * 1_000;

const run = promisify(execFile);

/**
 * Makes sure that Synapse is installed in `.cache/synapse-venv`, from the package index that pip is set up
 * for. A finished installation is used again.
 */
export const prepareSynapse = async (): Promise<SynapseEnvironment> => {
  const python = join(FOLDER, 'bin', 'python');
  const marker = join(FOLDER, 'installed-version');
  const installed = await readFile(marker, 'utf8').catch(() => '');
  if (installed === SYNAPSE_VERSION) return { kind: 'ready', python };
  try {
    await mkdir(join(FOLDER, '..'), { recursive: true });
    await run('python3', ['-m', 'venv', FOLDER]);
    await run(python, ['-m', 'pip', 'install', '--quiet', `matrix-synapse==${SYNAPSE_VERSION}`], {
      timeout: INSTALL_LIMIT_MS,
    });
    await writeFile(marker, SYNAPSE_VERSION);
    return { kind: 'ready', python };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { kind: 'unavailable', reason: `Synapse could not be installed: ${what}` };
  }
};
