/**
 * Chance and time of this process come from a seed. Random room and event IDs decide ties of state resolution, and
 * how long a computation has taken decides when it steps aside: with them a seed brings back every step.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { type Random, randomFrom } from '../../packages/testing/src/random.ts';

let random: Random = randomFrom('');

const bytes = (length: number): Buffer => {
  const buffer = Buffer.alloc(length);
  for (let index = 0; index < length; index++) buffer[index] = random.below(256);
  return buffer;
};

/** To be called before anything that imports `randomBytes` by name runs. */
export const replaceChanceAndTime = (): void => {
  const uuid = (): `${string}-${string}-${string}-${string}-${string}` =>
    `${hex(4)}-${hex(2)}-${hex(2)}-${hex(2)}-${hex(6)}`;
  Object.defineProperty(crypto, 'randomBytes', { value: bytes });
  Object.defineProperty(globalThis.crypto, 'randomUUID', { value: uuid });
  syncBuiltinESMExports();
  Object.defineProperty(performance, 'now', { value: () => 0 });
};

const hex = (length: number) => bytes(length).toString('hex');

export const seedWorld = (seed: string): void => {
  random = randomFrom(`${seed}/world`);
};
