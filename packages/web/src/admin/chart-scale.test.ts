import { describe, expect, it } from 'vitest';
import { axisTo, segmentsOf, timeTicks } from './chart-scale.ts';

const MINUTE = 60_000;

describe('the axis of a chart', () => {
  it.each([
    [0, 3],
    [1, 1.5],
    [7, 15],
    [100, 150],
    [1_234, 1_500],
  ])('for values up to %i ends at %d, at a round mark', (highest, top) => {
    const axis = axisTo(highest);
    expect(axis.top).toBeCloseTo(top);
    expect(axis.ticks).toHaveLength(4);
    expect(axis.top).toBeGreaterThanOrEqual(highest);
  });

  it.each([1, 24, 168])('has a few moments in %i hours', (hours) => {
    const to = Date.UTC(2026, 10, 23, 4, 17);
    const ticks = timeTicks(to - hours * 60 * MINUTE, to);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    expect(ticks.length).toBeLessThanOrEqual(8);
  });
});

describe('the lines of a chart', () => {
  const at = (minute: number, value: number | null = 1) => ({ ts: minute * MINUTE, value });

  it('are broken where nobody measured and where there was nothing', () => {
    const lines = segmentsOf([at(0), at(1), at(2), at(30), at(31), at(32, null), at(33)]);
    expect(lines.map((line) => line.map(({ ts }) => ts / MINUTE))).toEqual([[0, 1, 2], [30, 31], [33]]);
  });
});
