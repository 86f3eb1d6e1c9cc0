/** Where a chart has its marks and where its lines are broken. */

export type Point = {
  /** Milliseconds. */
  readonly ts: number;
  /** Null: there was nothing to measure. */
  readonly value: number | null;
};

export type Axis = { readonly top: number; readonly ticks: readonly number[] };

const STEPS = 3;

/** An axis from 0 with round marks, the highest not below `highest`. */
export const axisTo = (highest: number): Axis => {
  const rough = Math.max(highest, Number.EPSILON) / STEPS;
  const power = highest <= 0 ? 1 : 10 ** Math.floor(Math.log10(rough));
  const step = highest <= 0 ? 1 : ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks = Array.from({ length: STEPS + 1 }, (_, index) => index * step);
  return { top: STEPS * step, ticks };
};

/** Round moments of the local clock. */
export const timeTicks = (from: number, to: number): readonly number[] => {
  const step = TIME_STEPS.find((each) => (to - from) / each <= 6) ?? 24 * HOUR;
  const offset = new Date(from).getTimezoneOffset() * MINUTE;
  const ticks: number[] = [];
  for (let tick = Math.ceil((from - offset) / step) * step + offset; tick < to; tick += step)
    ticks.push(tick);
  return ticks;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIME_STEPS = [
  10 * MINUTE,
  15 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
  48 * HOUR,
];

/** A pause that is longer than this many usual ones means that nothing was measured: the server was down. */
const BREAK = 3;

/** The lines that are drawn: broken where there is no value and where nobody measured. */
export const segmentsOf = (points: readonly Point[]): readonly (readonly Point[])[] => {
  const pauses = points.slice(1).map((point, index) => point.ts - (points[index]?.ts ?? 0));
  const usual = pauses.toSorted((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0;
  const segments: Point[][] = [];
  let open: Point[] | undefined;
  for (const point of points) {
    const last = open?.at(-1);
    if (last !== undefined && point.ts - last.ts > Math.max(usual, MINUTE) * BREAK) open = undefined;
    if (point.value === null) {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = [];
      segments.push(open);
    }
    open.push(point);
  }
  return segments;
};
