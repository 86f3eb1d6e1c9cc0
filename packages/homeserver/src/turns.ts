/** Long computations step aside from time to time, so that nobody waits long for the event loop. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest stretch of computation before other work gets its turn. */
const SLICE_MS = 10;

export class Turns {
  #until = performance.now() + SLICE_MS;

  /** To be awaited between two steps of a computation, outside any write transaction. */
  async next(): Promise<void> {
    if (performance.now() < this.#until) return;
    await nextTurn();
    this.#until = performance.now() + SLICE_MS;
  }
}
