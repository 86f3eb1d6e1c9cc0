import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runSteps, sortInSteps } from './steps.ts';

type Pair = readonly [key: number, place: number];

describe('sorting in steps', () => {
  it('gives what sorting in one go gives, and keeps the order of equals', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 400, maxLength: 3_000 }), (keys) => {
        const pairs = keys.map((key, place): Pair => [key, place]);
        const compare = (a: Pair, b: Pair) => a[0] - b[0];
        expect(runSteps(sortInSteps(pairs, compare))).toEqual(pairs.toSorted(compare));
      }),
    );
  });

  it('takes more steps for a longer list, so that none is long', () => {
    const stepsOf = (length: number) => {
      let taken = 0;
      const steps = sortInSteps(
        Array.from({ length }, (_, index) => -index),
        (a, b) => a - b,
      );
      while (!steps.next().done) taken++;
      return taken;
    };
    expect(stepsOf(512)).toBeLessThan(3);
    expect(stepsOf(51_200)).toBeGreaterThan(500);
  });
});
