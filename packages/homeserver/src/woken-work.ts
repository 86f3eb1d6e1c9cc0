/** Work through a table that is done when somebody wakes it, and again when its next row is due. */
import type { Engine } from './engine.ts';

/** Timers do not reach further than some weeks. */
const LONGEST_WAIT_MS = 3_600_000;
/** After a fault of ours. */
const AFTER_FAULT_MS = 60_000;

type Running = Pick<Engine, 'clock' | 'log' | 'signal'>;

export type Work<E extends Running> = {
  /** Does what is due; returns after how many milliseconds something is due again, undefined when nothing is. */
  readonly run: (engine: E) => Promise<number | undefined>;
  /** What the log says of a fault. */
  readonly fault: string;
};

export class WokenWork<E extends Running> implements AsyncDisposable {
  readonly #engineOf: () => E;
  readonly #work: Work<E>;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #again = false;

  /** The engine holds its work, so it is asked for when first needed. */
  constructor(engine: () => E, work: Work<E>) {
    this.#engineOf = engine;
    this.#work = work;
  }

  /** Called at the start, and when there is something new. One run at a time; another follows when woken meanwhile. */
  wake(): void {
    this.#again = true;
    if (this.#running !== undefined) return;
    this.#running = this.#runAll().finally(() => {
      this.#running = undefined;
      if (this.#again && !this.#engineOf().signal.aborted) this.wake();
    });
  }

  /** When nothing is under way and nobody has woken it meanwhile. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.idle();
  }

  async #runAll(): Promise<void> {
    const engine = this.#engineOf();
    while (this.#again && !engine.signal.aborted) {
      this.#again = false;
      this.#timer?.[Symbol.dispose]();
      const wait = await this.#work.run(engine).catch((error: unknown) => {
        if (!engine.signal.aborted) engine.log.error(this.#work.fault, error);
        return AFTER_FAULT_MS;
      });
      if (wait === undefined || engine.signal.aborted) continue;
      this.#timer = engine.clock.schedule(Math.min(wait, LONGEST_WAIT_MS), () => this.wake());
    }
  }
}
