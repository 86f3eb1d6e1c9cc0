/**
 * Numbers the changes of what is kept in memory; part of sync tokens. It starts at the clock's milliseconds, so
 * that it goes on rising after a restart.
 */
import type { Clock } from '../ports.ts';

export type ChangeCounter = {
  /** Number of the newest change. */
  readonly position: number;
  next(): number;
};

export const createChangeCounter = (clock: Clock): ChangeCounter => {
  let position = clock.now();
  return {
    get position() {
      return position;
    },
    next: () => ++position,
  };
};
