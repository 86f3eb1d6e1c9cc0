/** Clocks for tests that can't wait for what is tried again, or grows old. */
import { type Clock, systemClock } from '@causeway/homeserver';

const MOST_WAIT_MS = 20;

/** Tells the time as it is, and lets nothing wait for longer than some hundredths of a second. */
export const impatientClock: Clock = {
  ...systemClock,
  schedule: (ms, callback) => systemClock.schedule(Math.min(ms, MOST_WAIT_MS), callback),
};

/** Time goes so many times faster from its making on, and `aheadMs` can be added; both can be changed. */
export type HurriedClock = Clock & { faster: number; aheadMs: number };

export function hurriedClock(faster: number): HurriedClock {
  const started = Date.now();
  const clock: HurriedClock = {
    faster,
    aheadMs: 0,
    now: () => started + (Date.now() - started) * clock.faster + clock.aheadMs,
    schedule: (ms, callback) => systemClock.schedule(ms / clock.faster, callback),
  };
  return clock;
}
