/** Time that goes on only when nothing is left to be done at this moment. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@causeway/homeserver';

type Timer = { readonly at: number; readonly order: number; readonly callback: () => void };

/** Turns of the event loop at one moment; work that never ends is a fault. */
const MAX_TURNS = 100_000;

export class FakeClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #order = 0;
  /** The next one is the last. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  schedule(ms: number, callback: () => void): Disposable {
    const timer = { at: this.#now + Math.max(0, ms), order: ++this.#order, callback };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    return {
      [Symbol.dispose]: () => {
        const index = this.#timers.indexOf(timer);
        if (index >= 0) this.#timers.splice(index, 1);
      },
    };
  }

  /** Lets time go on for at most `ms`, until `done` holds; returns whether it does. */
  async run(ms: number, done: () => Promise<boolean> | boolean = () => false): Promise<boolean> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      if (await done()) return true;
      const next = this.#timers.at(-1);
      if (next === undefined || next.at > end) break;
      this.#timers.pop();
      this.#now = next.at;
      next.callback();
      await settle();
    }
    this.#now = end;
    return done();
  }

  #placeOf({ at, order }: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle];
      if (other !== undefined && (other.at > at || (other.at === at && other.order > order)))
        low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Until nobody waits for a turn of the event loop. Everything else here waits for the clock. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    await nextTurn();
    if (!process.getActiveResourcesInfo().includes('Immediate')) return;
  }
  throw new Error('work without end at one moment');
};
