export { createThumbnailer } from './thumbnails/thumbnailer.ts';
export { checkIntegrity, type Integrity } from './check-integrity.ts';
export { openDiskBlobs } from './disk-blobs.ts';
export { DataFolderInUseError } from './folder-lock.ts';
export { IncompatibleDatabaseError } from './migrate.ts';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
