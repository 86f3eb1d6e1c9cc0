/** Before `npm start`: builds the web app when it is missing or older than its sources. */
import { buildWebAppIfStale } from '../packages/server/src/web-app/build-web-app.ts';
import { createProgress } from '../packages/server/src/progress.ts';
import { webAppFolder } from '../packages/server/src/web-app/web-app-folder.ts';
import { join } from 'node:path';

await buildWebAppIfStale(join(webAppFolder, '..'), createProgress(console.log));
