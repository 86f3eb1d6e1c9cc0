import type { SqliteConnection } from './sqlite-connection.ts';

/** Connections for reading, opened when first needed, up to a bound; whoever comes later waits in turn. */
export class ReaderPool {
  readonly #open: () => SqliteConnection;
  readonly #size: number;
  readonly #all: SqliteConnection[] = [];
  readonly #free: SqliteConnection[] = [];
  readonly #waiting: ((connection: SqliteConnection) => void)[] = [];

  constructor(open: () => SqliteConnection, size: number) {
    this.#open = open;
    this.#size = size;
  }

  /** Opens all connections. */
  fill(): void {
    while (this.#all.length < this.#size) this.#free.push(this.#add());
  }

  acquire(): SqliteConnection | Promise<SqliteConnection> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#all.length < this.#size) return this.#add();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(connection: SqliteConnection): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #add(): SqliteConnection {
    const connection = this.#open();
    this.#all.push(connection);
    return connection;
  }
}
