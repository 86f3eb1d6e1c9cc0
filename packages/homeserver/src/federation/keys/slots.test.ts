import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

describe('slots', () => {
  it('run so many at once, let so many wait, and refuse the rest at once', async () => {
    const slots = new Slots({ atOnce: 2, maxWaiting: 3 });
    const doors = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
    let running = 0;
    let most = 0;
    const runs = doors.map((door, index) =>
      slots.run(async () => {
        most = Math.max(most, ++running);
        await door.promise;
        running -= 1;
        return index;
      }),
    );
    expect(await Promise.all(runs.slice(5))).toEqual([undefined, undefined, undefined]);
    for (const door of doors) door.resolve();
    expect(await Promise.all(runs.slice(0, 5))).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
    expect(await slots.run(async () => 'free again')).toBe('free again');
  });

  it('give their place back when the work fails', async () => {
    const slots = new Slots({ atOnce: 1, maxWaiting: 1 });
    await expect(slots.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await slots.run(async () => 'next')).toBe('next');
  });
});
