/** The `causeway` command. Its parts are loaded after the compile cache is on, which halves the start. */
import { enableCompileCache } from 'node:module';

enableCompileCache();

const { runCommandLine } = await import('./command-line.ts');
await runCommandLine(process.argv);
