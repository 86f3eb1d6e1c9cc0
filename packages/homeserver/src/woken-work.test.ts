import { describe, expect, it, vi } from 'vitest';
import { systemClock } from './homeserver.ts';
import { WokenWork } from './woken-work.ts';

const engine = () => {
  const faults: string[] = [];
  const planned: { readonly ms: number; readonly run: () => void }[] = [];
  return {
    faults,
    planned,
    signal: new AbortController().signal,
    log: { info: () => {}, warn: () => {}, error: (event: string) => void faults.push(event) },
    clock: {
      ...systemClock,
      schedule: (ms: number, run: () => void) => {
        planned.push({ ms, run });
        return { [Symbol.dispose]: () => {} };
      },
    },
  };
};

describe('work that is woken', () => {
  it('is done again when it is woken at any moment of a run, also its last', async () => {
    // A run has some turns of the microtask queue behind its last step: each is tried.
    for (let turns = 0; turns < 12; turns++) {
      const running = engine();
      let runs = 0;
      await using work = new WokenWork(() => running, {
        fault: 'fault',
        run: async () => {
          runs += 1;
          return undefined;
        },
      });
      work.wake();
      for (let turn = 0; turn < turns; turn++) await undefined;
      work.wake();
      await work.idle();
      expect(runs, `${turns} turns`).toBe(2);
    }
  });

  it('is done again some time after a fault, and when something is due', async () => {
    const running = engine();
    let runs = 0;
    await using work = new WokenWork(() => running, {
      fault: 'it failed',
      run: async () => {
        runs += 1;
        if (runs === 1) throw new Error('disk I/O error');
        return runs === 2 ? 500 : undefined;
      },
    });
    work.wake();
    await vi.waitUntil(() => running.planned.length === 1);
    expect(running.faults).toEqual(['it failed']);
    running.planned[0]?.run();
    await vi.waitUntil(() => running.planned.length === 2);
    expect(running.planned.map(({ ms }) => ms)).toEqual([60_000, 500]);
  });
});
