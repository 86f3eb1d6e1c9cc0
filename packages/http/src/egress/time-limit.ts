import { EgressError } from './egress-error.ts';

/** Ends a request after a time, or when somebody outside does; knows at which step it was. */
export class TimeLimit {
  /** Aborted with an `EgressError` that names the server and the step. */
  readonly signal: AbortSignal;
  /** What is being done, to follow "while". */
  step = 'beginning';
  readonly #outside: readonly AbortSignal[];
  readonly #timer: NodeJS.Timeout;
  readonly #onOutside: () => void;

  constructor(label: string, ms: number, outside: readonly AbortSignal[]) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#outside = outside;
    this.#timer = setTimeout(() => {
      controller.abort(
        new EgressError('timeout', `${label} took more than ${ms / 1000} s while ${this.step}`),
      );
    }, ms);
    this.#onOutside = () => {
      controller.abort(
        new EgressError('aborted', `the request to ${label} was withdrawn while ${this.step}`),
      );
    };
    for (const signal of outside) signal.addEventListener('abort', this.#onOutside, { once: true });
    if (outside.some((signal) => signal.aborted)) this.#onOutside();
  }

  /** Waits for something that can't be aborted itself. */
  async during<T>(step: string, work: () => Promise<T>): Promise<T> {
    this.step = step;
    this.signal.throwIfAborted();
    const stopped = Promise.withResolvers<never>();
    const onAbort = () => stopped.reject(this.signal.reason);
    this.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work(), stopped.promise]);
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }

  /** From now on only somebody outside ends it. */
  stopClock(): void {
    clearTimeout(this.#timer);
  }

  end(): void {
    this.stopClock();
    for (const signal of this.#outside) signal.removeEventListener('abort', this.#onOutside);
  }
}
