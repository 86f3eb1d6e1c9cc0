import { describe, expect, it } from 'vitest';
import { fitImage, MAX_IMAGE } from './image-size.ts';

describe('the size of an image', () => {
  it('keeps the proportions within the limit and never enlarges', () => {
    expect(fitImage(840, 320)).toEqual({ width: 420, height: 160 });
    expect(fitImage(100, 50)).toEqual({ width: 100, height: 50 });
    expect(fitImage(10, 100_000)).toEqual({ width: 1, height: MAX_IMAGE.height });
  });

  it('reserves a usual size when the sender names none or nonsense', () => {
    for (const [width, height] of [
      [undefined, 5],
      ['100', 100],
      [0, 10],
      [Number.NaN, 10],
      [-4, 10],
    ])
      expect(fitImage(width, height)).toEqual({ width: 320, height: 240 });
  });
});
