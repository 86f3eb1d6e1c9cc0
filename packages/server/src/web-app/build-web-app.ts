import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';

/** Builds the web app when it is missing or older than its sources. A published package holds it built. */
export const buildWebAppIfStale = async (webFolder: string, progress: Progress): Promise<void> => {
  const sources = ['src', 'public', 'index.html', 'package.json', 'vite.config.ts'].map((name) =>
    join(webFolder, name),
  );
  if (!existsSync(join(webFolder, 'src'))) return;
  const built = statSync(join(webFolder, 'dist', 'index.html'), { throwIfNoEntry: false });
  if (built !== undefined && sources.every((source) => newestChange(source) <= built.mtimeMs)) return;
  await progress.step('building the web app', () => viteBuild(webFolder));
};

const newestChange = (path: string): number => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))));
};

const viteBuild = (webFolder: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const manifest = createRequire(join(webFolder, 'package.json')).resolve('vite/package.json');
    const vite = join(manifest, '..', 'bin', 'vite.js');
    const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: webFolder });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the web app could not be built:\n${output.slice(-4_000)}`)),
    );
  });
