/** The `causeway` command. Its parts are loaded after the compile cache is on, which halves the start. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
// Whatever is written here is for its owner only.
process.umask(0o077);

const { runCommandLine } = await import('./command-line.ts');
await runCommandLine(process.argv);
