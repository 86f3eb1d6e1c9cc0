/** Compares how much two things compute, on a machine that may be busy with much else. */

type Work = () => unknown;

const ROUNDS = 7;

/**
 * How many times the processor time of `b` is that of `a`: both run once to warm up, then in turn, and the medians
 * count. Each should take some milliseconds. Processor time is that of this process alone, all its threads together.
 */
export const workRatio = async (a: Work, b: Work): Promise<number> => {
  await a();
  await b();
  const times: readonly [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    times[0].push(await processorTime(a));
    times[1].push(await processorTime(b));
  }
  return median(times[1]) / median(times[0]);
};

const processorTime = async (work: Work): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
