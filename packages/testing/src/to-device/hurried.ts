import { systemClock } from '@causeway/homeserver';

const MOST_WAIT_MS = 20;

/** Retries come soon. Waiting syncs end soon, too. */
export const hurried = {
  ...systemClock,
  schedule: (ms: number, run: () => void) => systemClock.schedule(Math.min(ms, MOST_WAIT_MS), run),
};
