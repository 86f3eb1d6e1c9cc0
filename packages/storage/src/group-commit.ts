import type { StatementSync } from 'node:sqlite';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import type { StoreTx, Table, TablePlan } from '@causeway/homeserver';
import { Sequences } from './sequences.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { isBusy, transactionError } from './sqlite-error.ts';
import { SqliteTx } from './sqlite-transaction.ts';

/** A group ends when it has this many members, or has run this long: the event loop waits meanwhile. */
const MAX_GROUP_MEMBERS = 256;
const MAX_GROUP_MS = 10;

/** A foreign process (a backup, the sqlite3 shell) may hold the write lock for a while. */
const BUSY_RETRY_MS = 5;
const MAX_BUSY_MS = 5_000;

/** A body awaits nothing but its transaction, so one that takes longer is a bug that stops all writes. */
const DEFAULT_MAX_BODY_MS = 10_000;

export type GroupCommitOptions = {
  /** When a transaction whose body does not end is given up: it stops all others. */
  readonly maxBodyMs?: number;
  /** Told after each commit how long it took to be on the disk. */
  readonly committed?: (ms: number) => void;
};

/**
 * Runs write transactions one after the other on one connection. Those that wait at the same time share one
 * durable commit: the cost of a commit is the flush to the disk, whatever is in it. Each is a savepoint, so
 * that one that throws undoes only itself; none is reported before the commit.
 */
export class GroupCommit {
  readonly #connection: SqliteConnection;
  readonly #planOf: (table: Table) => TablePlan;
  readonly #sequences: Sequences;
  readonly #maxBodyMs: number;
  readonly #committed: (ms: number) => void;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #rollbackTo: StatementSync;
  readonly #waiting: Member[] = [];
  #running: Promise<void> | undefined;
  /** Ends the wait for the running body. */
  #giveUp: ((error: Error) => void) | undefined;

  constructor(
    connection: SqliteConnection,
    planOf: (table: Table) => TablePlan,
    { maxBodyMs = DEFAULT_MAX_BODY_MS, committed = () => {} }: GroupCommitOptions = {},
  ) {
    this.#connection = connection;
    this.#planOf = planOf;
    this.#maxBodyMs = maxBodyMs;
    this.#committed = committed;
    this.#sequences = new Sequences(connection.database);
    this.#savepoint = connection.database.prepare('SAVEPOINT member');
    this.#release = connection.database.prepare('RELEASE member');
    this.#rollbackTo = connection.database.prepare('ROLLBACK TO member');
  }

  transact<R>(body: (tx: StoreTx) => Promise<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const run = async (tx: StoreTx) => {
        const result = await body(tx);
        return () => resolve(result);
      };
      this.#waiting.push({ run, reject: (error) => reject(transactionError(error)) });
      this.#running ??= this.#runAll();
    });
  }

  /** Fulfilled when nothing waits or runs. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whoever is ready in this turn of the event loop joins the group.
      await setImmediate();
      await this.#runGroup();
    }
    this.#running = undefined;
  }

  async #runGroup(): Promise<void> {
    try {
      await this.#begin();
    } catch (error) {
      for (const member of this.#waiting.splice(0, MAX_GROUP_MEMBERS)) member.reject(error);
      return;
    }
    const tooLate = () => this.#giveUp?.(new BodyTimeoutError(this.#maxBodyMs));
    const watchdog = setTimeout(tooLate, this.#maxBodyMs);
    try {
      await this.#runMembers();
    } finally {
      clearTimeout(watchdog);
    }
  }

  async #runMembers(): Promise<void> {
    const group: Outcome[] = [];
    const end = performance.now() + MAX_GROUP_MS;
    do {
      const member = this.#waiting.shift();
      if (member === undefined) break;
      const outcome = await this.#runMember(member);
      group.push(outcome);
      if (outcome.spoils || !this.#isOpen()) return this.#undo(group, outcome.error);
    } while (group.length < MAX_GROUP_MEMBERS && performance.now() < end);

    try {
      this.#sequences.writeGroup();
      const began = performance.now();
      this.#connection.commit();
      this.#committed(performance.now() - began);
    } catch (error) {
      return this.#undo(group, error);
    }
    this.#sequences.keepGroup();
    for (const { settle } of group) settle();
  }

  /** Runs one body in its savepoint. Its outcome is reported after the commit: it saw its neighbours' writes. */
  async #runMember({ run, reject }: Member): Promise<Outcome> {
    let ended = false;
    const connection = () => {
      if (ended) throw new Error('this transaction has ended');
      // SQLite undoes everything by itself when the disk is full or fails; writing on would be committed.
      if (!this.#isOpen()) throw new Error('this transaction was undone by an earlier error');
      return this.#connection;
    };
    try {
      this.#savepoint.run();
      const tx = new SqliteTx({ planOf: this.#planOf, connection }, this.#sequences);
      const late = Promise.withResolvers<never>();
      this.#giveUp = late.reject;
      const settle = await Promise.race([run(tx), late.promise]);
      ended = true;
      if (!this.#isOpen()) throw new Error('the transaction was undone by an error');
      this.#release.run();
      this.#sequences.keepMember();
      return { settle, reject };
    } catch (error) {
      ended = true;
      this.#sequences.undoMember();
      return { settle: () => reject(error), reject, error, spoils: !this.#undoMember() };
    }
  }

  /** Whether its neighbours' writes are still there, without its own. */
  #undoMember(): boolean {
    if (!this.#isOpen()) return false;
    try {
      this.#rollbackTo.run();
      this.#release.run();
      return true;
    } catch {
      // There may be no savepoint, or it cannot be gone back to: all that remains is to undo the whole.
      return false;
    }
  }

  #undo(group: readonly Outcome[], error: unknown): void {
    this.#sequences.undoGroup();
    try {
      if (this.#isOpen()) this.#connection.database.exec('ROLLBACK');
    } catch {
      // It is tried again before the next group begins, which fails for as long as this does.
    }
    for (const member of group) member.reject(member.error ?? error);
  }

  #isOpen(): boolean {
    return this.#connection.database.isTransaction;
  }

  /** Begins without the driver's busy timeout, which would stop the event loop. */
  async #begin(): Promise<void> {
    const end = performance.now() + MAX_BUSY_MS;
    for (;;) {
      try {
        if (this.#isOpen()) this.#connection.database.exec('ROLLBACK');
        return this.#connection.begin();
      } catch (error) {
        if (!isBusy(error) || performance.now() > end) throw error;
      }
      await wait(BUSY_RETRY_MS);
    }
  }
}

type Member = {
  /** Runs the body and returns what reports its success. */
  readonly run: (tx: StoreTx) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
};

type Outcome = {
  readonly settle: () => void;
  readonly reject: (error: unknown) => void;
  /** Why it was undone. */
  readonly error?: unknown;
  /** Whether it could not be undone alone. */
  readonly spoils?: boolean;
};

class BodyTimeoutError extends Error {
  override readonly name = 'BodyTimeoutError';

  constructor(ms: number) {
    super(`a transaction did not end in ${ms} ms: its body awaits more than its own operations`);
  }
}
