#!/usr/bin/env node
// Starts the command on a Node that can run it. Plain JavaScript of old, because an older Node reads this.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 24;

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(packageFolder, 'src', 'main.ts');
/** In the repository the sources run as they are; a published package holds only what was built of them. */
const main = existsSync(source)
  ? { flags: ['--conditions=@causeway/source'], file: source }
  : { flags: [], file: join(packageFolder, 'dist', 'main.js') };

const isNewEnough = Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR;
const hasFlags = main.flags.every((flag) => process.execArgv.includes(flag));

if (isNewEnough && hasFlags) {
  await import(main.file);
} else {
  startIn(isNewEnough ? process.execPath : suitableNode());
}

/** The Node that npm installed beside us for this machine. */
function suitableNode() {
  const name = `node-linux-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    console.error(
      `Causeway needs Node ${NEEDED_MAJOR}; this is ${process.version}, and the package ${name} is not installed.`,
    );
    process.exit(1);
  }
}

function startIn(node) {
  const child = spawn(node, [...main.flags, main.file, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`Causeway cannot start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
