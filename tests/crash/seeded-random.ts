/** Random numbers that a seed repeats. */
export interface SeededRandom {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number;
  shuffled<T>(values: readonly T[]): T[];
}

/** Mulberry32: 32 bits of state are plenty for moments of a few hundred milliseconds. */
export const seededRandom = (seed: number): SeededRandom => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    next,
    below,
    shuffled<T>(values: readonly T[]): T[] {
      const rest = [...values];
      const result: T[] = [];
      while (rest.length > 0) result.push(...rest.splice(below(rest.length), 1));
      return result;
    },
  };
};

/** `count` moments between 0 and `longest`, one in each of as many equal stretches, in random order. */
export const spreadMoments = (random: SeededRandom, count: number, longest: number): number[] =>
  random.shuffled(
    Array.from({ length: count }, (_, index) => Math.round(((index + random.next()) / count) * longest)),
  );
