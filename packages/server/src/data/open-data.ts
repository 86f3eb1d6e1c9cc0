import { engineTables, type Log } from '@causeway/homeserver';
import { openSqliteStore, type SqliteStoreHandle } from '@causeway/storage';
import { workspaceTables } from '@causeway/workspace';
import { finishRestore } from '../backup/finish-restore.ts';
import { keepBeforeUpgrade } from '../backup/keep-before-upgrade.ts';
import { writeFaultOf } from '../backup/space.ts';
import { StartupError } from '../startup-error.ts';
import { writtenBy } from '../version.ts';
import type { DataFolder } from './data-folder.ts';

export type OpenDataPorts = {
  readonly log: Pick<Log, 'info'>;
  /** Told after each commit how long it took to be on the disk. */
  readonly committed?: (ms: number) => void;
};

/**
 * Opens the database of a workspace: a restore that was interrupted is finished, and a database of an older version is
 * copied and then changed. Throws what `openSqliteStore` throws, and a `StartupError` for a disk that is in the way.
 */
export const openData = async (
  folder: DataFolder,
  { log, committed }: OpenDataPorts,
): Promise<SqliteStoreHandle> => {
  try {
    return await openSqliteStore({
      path: folder.database,
      tables: [...engineTables, ...workspaceTables],
      writtenBy,
      ...(committed === undefined ? {} : { committed }),
      whenLocked: () => {
        const aside = finishRestore(folder);
        if (aside !== undefined) log.info('a restore was finished', { before: aside });
      },
      beforeMigration: (copyTo) => {
        const copy = keepBeforeUpgrade(folder, copyTo);
        log.info('the database is changed for this version; a copy from before was made', { copy });
      },
    });
  } catch (error) {
    const fault = writeFaultOf(error);
    if (fault === undefined) throw error;
    throw new StartupError(
      `The database ${folder.database} cannot be opened: ${fault}. Nothing was changed.`,
    );
  }
};
