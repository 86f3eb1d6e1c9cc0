/** What a row is taken to be high until it has been seen. */
const FIRST_GUESS_PX = 44;

export type Window = {
  /** The first row that is made. */
  readonly start: number;
  /** The row after the last one that is made. */
  readonly end: number;
  /** The height of the rows before `start`, and of those from `end` on, in CSS pixels. */
  readonly above: number;
  readonly below: number;
};

/** The heights of a list's rows, in CSS pixels: as measured, or else the average of those that were. */
export class RowHeights {
  readonly #known = new Map<string, number>();
  #sum = 0;

  /** Whether this is news. */
  measured(key: string, height: number): boolean {
    const before = this.#known.get(key);
    if (before === height) return false;
    this.#known.set(key, height);
    this.#sum += height - (before ?? 0);
    return true;
  }

  of(key: string): number {
    return this.#known.get(key) ?? this.#guess();
  }

  #guess(): number {
    return this.#known.size === 0 ? FIRST_GUESS_PX : this.#sum / this.#known.size;
  }

  /** The rows `start` to `end`, with what stands in for the others. */
  around(keys: readonly string[], start: number, end: number): Window {
    return { start, end, above: this.#total(keys, 0, start), below: this.#total(keys, end, keys.length) };
  }

  /**
   * The rows to make when the lower edge of what one sees is `fromEnd` above the end of the list.
   *
   * @param seen the height of what one sees.
   * @param ahead how far beyond both edges rows are made.
   */
  inView(keys: readonly string[], fromEnd: number, seen: number, ahead: number): Window {
    const [low, high] = [fromEnd - ahead, fromEnd + seen + ahead];
    let below = 0;
    let end = keys.length;
    while (end > 1 && below + this.#at(keys, end - 1) < low) below += this.#at(keys, --end);
    let reached = below;
    let start = end;
    while (start > 0 && reached < high) reached += this.#at(keys, --start);
    return { start, end, above: this.#total(keys, 0, start), below };
  }

  #total(keys: readonly string[], start: number, end: number): number {
    let sum = 0;
    for (let index = start; index < end; index++) sum += this.#at(keys, index);
    return sum;
  }

  #at(keys: readonly string[], index: number): number {
    return this.of(keys[index] ?? '');
  }
}
