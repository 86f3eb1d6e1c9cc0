/** Random numbers that a seed repeats (mulberry32), for test data only. */
export type Random = {
  /** A number from 0 to 1, without 1. */
  next(): number;
  /** An integer from 0 to `below`, without it. */
  below(below: number): number;
  /** Words of about so many characters. */
  text(length: number): string;
};

const words = 'the room was full of people who had come to hear about tides and weather over the sea'.split(
  ' ',
);

export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const text = (length: number) => {
    let written = '';
    while (written.length < length) written += `${words[below(words.length)]} `;
    return written.slice(0, length);
  };
  return { next, below, text };
};
