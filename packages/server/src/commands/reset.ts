import { rmSync } from 'node:fs';
import { engineTables } from '@causeway/homeserver';
import { IncompatibleDatabaseError, openSqliteStore } from '@causeway/storage';
import { workspaceTables } from '@causeway/workspace';
import type { Environment } from '../config/read-config.ts';
import { say } from '../console.ts';
import { dataFolderAt } from '../data/data-folder.ts';
import { StartupError } from '../startup-error.ts';
import { loadConfig } from './load-config.ts';

/** Deletes database, media and signing key; the configuration file stays. */
export const reset = async (environment: Environment, confirmed: boolean): Promise<void> => {
  const { config } = loadConfig(environment);
  const folder = dataFolderAt(config.dataDir);
  if (!confirmed) {
    throw new StartupError(
      `This deletes everybody's messages, files and accounts in ${folder.path}, for ever. If you mean it: causeway reset --yes`,
    );
  }
  await refuseWhileInUse(folder.database);
  const database = ['', '-wal', '-shm'].map((suffix) => `${folder.database}${suffix}`);
  const parts = [
    folder.signingKey,
    folder.media,
    folder.controlSocket,
    folder.restoring,
    folder.restored,
    folder.beforeUpgrade,
  ];
  for (const path of [...database, ...parts]) {
    rmSync(path, { recursive: true, force: true });
  }
  say(`${folder.path} is empty. The next causeway serve prints a new set-up link.`);
};

/** Opening takes the folder's lock; a database that is too damaged to open may be deleted all the same. */
const refuseWhileInUse = async (database: string): Promise<void> => {
  try {
    await using _store = await openSqliteStore({
      path: database,
      tables: [...engineTables, ...workspaceTables],
    });
  } catch (error) {
    if (!(error instanceof IncompatibleDatabaseError)) throw error;
  }
};
