import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE } from '../config/read-config.ts';
import { StartupError } from '../startup-error.ts';

/** Where everything of one workspace lies. */
export type DataFolder = {
  readonly path: string;
  readonly database: string;
  readonly media: string;
  readonly signingKey: string;
  readonly configuration: string;
  readonly controlSocket: string;
  /** A backup that is being copied here; of no use until it is whole. */
  readonly restoring: string;
  /** A whole and checked backup that takes the place of the data, at the latest at the next start. */
  readonly restored: string;
  /** Copies of the database from before upgrades. */
  readonly beforeUpgrade: string;
};

/** Makes the folder, for its owner only; one that others may look into is closed to them. */
export const prepareDataFolder = (path: string): DataFolder => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The data folder ${path} (CAUSEWAY_DATA_DIR) cannot be used: ${reason}`);
  }
  return dataFolderAt(path);
};

export const dataFolderAt = (path: string): DataFolder => ({
  path,
  database: join(path, 'causeway.db'),
  media: join(path, 'media'),
  signingKey: join(path, 'signing.key'),
  configuration: join(path, CONFIG_FILE),
  controlSocket: join(path, 'control.sock'),
  restoring: join(path, 'restoring'),
  restored: join(path, 'restored'),
  beforeUpgrade: join(path, 'before-upgrade'),
});
