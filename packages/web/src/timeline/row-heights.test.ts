import { describe, expect, it } from 'vitest';
import { RowHeights } from './row-heights.ts';

const keys = Array.from({ length: 100 }, (_, index) => `row ${index}`);

const ofTen = () => {
  const heights = new RowHeights();
  for (const key of keys) heights.measured(key, 10);
  return heights;
};

describe('the rows that are made of a long list', () => {
  it('are the last ones at the end', () => {
    expect(ofTen().inView(keys, 0, 100, 50)).toEqual({ start: 85, end: 100, above: 850, below: 0 });
  });

  it('are those around what one sees in the middle', () => {
    expect(ofTen().inView(keys, 500, 100, 50)).toEqual({ start: 35, end: 56, above: 350, below: 440 });
  });

  it('are the first ones at the beginning, however far one scrolls', () => {
    expect(ofTen().inView(keys, 5_000, 100, 50)).toMatchObject({ start: 0, above: 0 });
  });

  it('stand together with what stands in for the others for the whole list', () => {
    const heights = new RowHeights();
    for (const [index, key] of keys.entries()) if (index % 3 === 0) heights.measured(key, 5 + (index % 7));
    const whole = heights.around(keys, 0, 0).below;
    for (let fromEnd = 0; fromEnd < whole; fromEnd += 37) {
      const { start, end, above, below } = heights.inView(keys, fromEnd, 60, 20);
      const made = keys.slice(start, end).reduce((sum, key) => sum + heights.of(key), 0);
      expect(above + made + below).toBeCloseTo(whole, 6);
      expect(below).toBeLessThanOrEqual(Math.max(0, fromEnd - 20));
      expect(below + made).toBeGreaterThanOrEqual(Math.min(whole, fromEnd + 80) - 1e-6);
    }
  });

  it('are guessed from those that were seen', () => {
    const heights = new RowHeights();
    expect(heights.of('row 0')).toBe(44);
    heights.measured('row 1', 20);
    heights.measured('row 2', 40);
    expect(heights.of('row 0')).toBe(30);
    expect(heights.measured('row 2', 40)).toBe(false);
    heights.measured('row 2', 60);
    expect(heights.of('row 0')).toBe(40);
  });

  it('are none of an empty list', () => {
    expect(ofTen().inView([], 0, 100, 50)).toEqual({ start: 0, end: 0, above: 0, below: 0 });
  });
});
