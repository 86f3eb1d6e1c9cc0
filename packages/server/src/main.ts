/** The `causeway` command. Its parts are loaded after the compile cache is on, which halves the start. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
// Whatever is written here is for its owner only.
process.umask(0o077);
// A log that cannot be written, on a full disk, ends nothing: without a listener the error would end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const { runCommandLine } = await import('./command-line.ts');
await runCommandLine(process.argv);
