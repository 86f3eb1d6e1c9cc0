import type { Clock } from '@causeway/homeserver';

/** setTimeout fires at once when it is asked for more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), MAX_TIMEOUT_MS));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
