import { vi } from 'vitest';

export type StoppedClock = Disposable & {
  /** So many milliseconds pass at once; timers that are due run. */
  readonly turnOn: (ms: number) => void;
};

/**
 * Time limits end when the test turns the clock on, however busy the machine is. Sockets, DNS and `setImmediate` go on
 * by themselves.
 */
export const stoppedClock = (): StoppedClock => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  return {
    turnOn: (ms) => void vi.advanceTimersByTime(ms),
    [Symbol.dispose]: () => void vi.useRealTimers(),
  };
};
