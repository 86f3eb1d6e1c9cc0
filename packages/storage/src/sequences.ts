import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Named sequences, counted in memory and written with the transaction that took a number. What a member of
 * a group commit, or the whole group, took is given back when it is undone: nobody has seen those numbers.
 */
export class Sequences {
  readonly #write: StatementSync;
  readonly #current = new Map<string, number>();
  /** Values before the running member, and before the running group, of what they changed. */
  readonly #beforeMember = new Map<string, number>();
  readonly #beforeGroup = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#write = database.prepare(
      'INSERT INTO sequences (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
    for (const { name, value } of database.prepare('SELECT name, value FROM sequences').all()) {
      this.#current.set(String(name), Number(value));
    }
  }

  next(sequence: string): number {
    if (sequence === '' || !sequence.isWellFormed()) throw new TypeError('not a name of a sequence');
    const before = this.#current.get(sequence) ?? 0;
    if (!this.#beforeMember.has(sequence)) this.#beforeMember.set(sequence, before);
    this.#current.set(sequence, before + 1);
    return before + 1;
  }

  keepMember(): void {
    for (const [name, value] of this.#beforeMember) {
      if (!this.#beforeGroup.has(name)) this.#beforeGroup.set(name, value);
    }
    this.#beforeMember.clear();
  }

  undoMember(): void {
    restore(this.#current, this.#beforeMember);
  }

  /** Writes what the group took, inside its transaction. */
  writeGroup(): void {
    for (const name of this.#beforeGroup.keys()) this.#write.run(name, this.#current.get(name) ?? 0);
  }

  keepGroup(): void {
    this.#beforeGroup.clear();
  }

  undoGroup(): void {
    this.undoMember();
    restore(this.#current, this.#beforeGroup);
  }
}

const restore = (values: Map<string, number>, before: Map<string, number>): void => {
  for (const [name, value] of before) values.set(name, value);
  before.clear();
};
