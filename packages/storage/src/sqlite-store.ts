import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planTables, type Store, type StoreReader, type StoreTx, type Table } from '@causeway/homeserver';
import { copyOpenDatabase } from './copy-database.ts';
import { lockFolder } from './folder-lock.ts';
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts';
import { type Declared, IncompatibleDatabaseError, migrate, planMigration } from './migrate.ts';
import { ReaderPool } from './reader-pool.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { SqliteReader } from './sqlite-transaction.ts';

export type SqliteStoreOptions = {
  /**
   * The database file, in a folder that exists and that no other process uses; or ':memory:' for a database
   * that ends with the store.
   */
  readonly path: string;
  readonly tables: readonly Table[];
  /** The version of the declarations; a database of a higher one is refused. */
  readonly schemaVersion?: number;
  /** Called when the folder is locked, before the database is opened. */
  readonly whenLocked?: () => void;
  /** The program, with its version: who refuses the database later says who wrote it. */
  readonly writtenBy?: string;
  /**
   * Called before an existing database is changed to fit the declarations, with a function that writes it, as it is,
   * into a new file. When it throws, nothing is changed.
   */
  readonly beforeMigration?: (copyTo: (target: string) => void) => void;
  /** How many reads run at the same time. */
  readonly readers?: number;
} & GroupCommitOptions;

/** A store on a database file. */
export interface SqliteStoreHandle extends Store {
  /** Whether the tables are still as they were made: another program may have changed them since. */
  hasItsTables(): boolean;
}

/** Each costs a file handle or three and, when used, up to `READER_CACHE_KIB` of memory. */
const DEFAULT_READERS = 6;
const READER_CACHE_KIB = 2_000;
const WRITER_CACHE_KIB = 8_000;

/** A log that grew past this while a long read held it is cut when it is empty again. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens a Store on SQLite: one connection that writes, a few that read, a write-ahead log that is flushed to
 * the disk at each commit (`synchronous=FULL`).
 *
 * Throws `DataFolderInUseError` when another process has the folder, `IncompatibleDatabaseError` when the
 * database can't be brought to the declared tables.
 */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<SqliteStoreHandle> =>
  options.path === ':memory:' ? openPrivate(options) : openFile(options);

const openFile = (options: SqliteStoreOptions): SqliteStore => {
  const unlock = lockFolder(options.path);
  try {
    options.whenLocked?.();
    return new SqliteStore(options, 'FULL', unlock);
  } catch (error) {
    unlock();
    throw error;
  }
};

/**
 * SQLite's own in-memory databases have no snapshots: a reader would see, or block, a running write. So
 * this is the same as a file, without flushes, its name removed as soon as every connection has it open.
 */
const openPrivate = (options: SqliteStoreOptions): SqliteStore => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const store = new SqliteStore({ ...options, path: join(folder, 'memory.db') }, 'OFF', remove);
    // Windows does not remove open files; there the folder goes when the store is closed.
    if (process.platform !== 'win32') {
      store.openAllReaders();
      remove();
    }
    return store;
  } catch (error) {
    remove();
    throw error;
  }
};

class SqliteStore implements SqliteStoreHandle {
  readonly #planOf: ReturnType<typeof planTables>;
  readonly #writer: SqliteConnection;
  readonly #writes: GroupCommit;
  readonly #readers: ReaderPool;
  readonly #afterClose: () => void;
  readonly #reads = new Set<Promise<unknown>>();
  readonly #declared: Declared;
  /** What `hasItsTables` found last. */
  #cookie: unknown;
  #closing: Promise<void> | undefined;

  constructor(options: SqliteStoreOptions, synchronous: 'FULL' | 'OFF', afterClose: () => void) {
    const { path, tables, schemaVersion = 1, readers = DEFAULT_READERS } = options;
    this.#planOf = planTables(tables);
    this.#afterClose = afterClose;
    this.#writer = new SqliteConnection(path, { timeout: 0 }, 'BEGIN IMMEDIATE');
    try {
      this.#writer.database.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -${WRITER_CACHE_KIB}; PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES};`,
      );
      this.#declared = { plans: tables.map(this.#planOf), version: schemaVersion };
      this.#migrate(this.#declared, options);
      this.#cookie = this.#schemaCookie();
      this.#writes = new GroupCommit(this.#writer, this.#planOf, options);
    } catch (error) {
      this.#writer.close();
      throw error;
    }
    this.#readers = new ReaderPool(() => openReader(path), readers);
  }

  /** The folder is locked: between the look and the change there is nobody else. */
  #migrate(declared: Declared, { beforeMigration, writtenBy = 'unnamed' }: SqliteStoreOptions): void {
    const { database } = this.#writer;
    const { isNew, statements } = planMigration(database, declared);
    if (!isNew && statements.length > 0) beforeMigration?.((target) => copyOpenDatabase(database, target));
    migrate(database, declared, writtenBy);
  }

  hasItsTables(): boolean {
    const cookie = this.#schemaCookie();
    if (cookie === this.#cookie) return true;
    try {
      const { statements } = planMigration(this.#writer.database, this.#declared);
      if (statements.length > 0) return false;
    } catch (error) {
      if (error instanceof IncompatibleDatabaseError) return false;
      throw error;
    }
    this.#cookie = cookie;
    return true;
  }

  /** A number that SQLite changes with every change of a table. @see https://sqlite.org/pragma.html#pragma_schema_version */
  #schemaCookie(): unknown {
    return this.#writer.database.prepare('PRAGMA schema_version').get()?.['schema_version'];
  }

  openAllReaders(): void {
    this.#readers.fill();
  }

  read<R>(body: (reader: StoreReader) => Promise<R>): Promise<R> {
    if (this.#closing !== undefined) return Promise.reject(new Error('the store is closed'));
    const read = this.#read(body);
    this.#reads.add(read);
    const forget = () => this.#reads.delete(read);
    read.then(forget, forget);
    return read;
  }

  async #read<R>(body: (reader: StoreReader) => Promise<R>): Promise<R> {
    const connection = await this.#readers.acquire();
    // The snapshot is taken by the first operation: BEGIN alone does not read.
    let state: 'new' | 'open' | 'ended' = 'new';
    const open = () => {
      if (state === 'ended') throw new Error('this transaction has ended');
      if (state === 'new') connection.begin();
      state = 'open';
      return connection;
    };
    try {
      return await body(new SqliteReader({ planOf: this.#planOf, connection: open }));
    } finally {
      state = 'ended';
      if (connection.database.isTransaction) connection.commit();
      this.#readers.release(connection);
    }
  }

  transact<R>(body: (tx: StoreTx) => Promise<R>): Promise<R> {
    if (this.#closing !== undefined) return Promise.reject(new Error('the store is closed'));
    return this.#writes.transact(body);
  }

  /** Lets what was begun end, moves the log into the database file and closes. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writes.idle();
    await Promise.allSettled(this.#reads);
    this.#readers.close();
    try {
      this.#writer.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      this.#writer.close();
      this.#afterClose();
    }
  }
}

const openReader = (path: string): SqliteConnection => {
  const connection = new SqliteConnection(path, { timeout: 0, readOnly: true }, 'BEGIN');
  // Reading once opens the log, without which the file's name could not be removed.
  connection.database.exec(
    `PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${READER_CACHE_KIB}; SELECT count(*) FROM meta;`,
  );
  return connection;
};
