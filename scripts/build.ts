/**
 * `npm run build`: builds every package that is published into its `dist`, JavaScript with declarations, from
 * the bottom of the house up, because each is compiled against what the ones below it publish. With names as
 * arguments it builds those packages only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

const publishedPackages = ['protocol', 'homeserver', 'workspace', 'storage', 'http', 'server'];

const run = (command: string, args: readonly string[], cwd: string): void => {
  const { status } = spawnSync(resolve(root, 'node_modules/.bin', command), args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
};

const buildPackage = (name: string): void => {
  const folder = join(root, 'packages', name);
  const output = join(folder, 'dist');
  rmSync(output, { recursive: true, force: true });
  const projects = join(root, '.cache', 'build');
  mkdirSync(projects, { recursive: true });
  const project = join(projects, `${name}.json`);
  const configuration = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions: { rootDir: join(folder, 'src'), outDir: output },
    include: [join(folder, 'src')],
    exclude: [join(folder, 'src/**/*.test.ts'), join(folder, 'src/**/test-support')],
  };
  writeFileSync(project, JSON.stringify(configuration));
  run('tsc', ['-p', project], root);
  const main = name === 'server' ? 'main.js' : 'index.js';
  if (!existsSync(join(output, main))) throw new Error(`packages/${name}: nothing was built`);
  console.log(`built packages/${name}`);
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...publishedPackages, 'web'];
for (const name of publishedPackages) if (wanted.includes(name)) buildPackage(name);
if (wanted.includes('web')) {
  run('vite', ['build', '--logLevel', 'warn'], join(root, 'packages/web'));
  console.log('built packages/web');
}
