export { createThumbnailer } from './thumbnails/thumbnailer.ts';
export { checkIntegrity, type Integrity } from './check-integrity.ts';
export { copyDatabase } from './copy-database.ts';
export { openDiskBlobs } from './disk-blobs.ts';
export { DataFolderInUseError, lockFolder } from './folder-lock.ts';
export { IncompatibleDatabaseError } from './migrate.ts';
export { readFileDatabase } from './read-file-database.ts';
export { openSqliteStore, type SqliteStoreHandle, type SqliteStoreOptions } from './sqlite-store.ts';
