/** A bound on how many of one kind of work run at once, and on how many wait for their turn. */
export class Slots {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limits: { readonly atOnce: number; readonly maxWaiting: number }) {
    this.#atOnce = limits.atOnce;
    this.#maxWaiting = limits.maxWaiting;
  }

  /** Undefined, and `work` is not begun, when too many wait already. */
  async run<R>(work: () => Promise<R>): Promise<R | undefined> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#maxWaiting) return undefined;
      // Whoever ends hands its place over, so nobody who comes meanwhile takes it.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
