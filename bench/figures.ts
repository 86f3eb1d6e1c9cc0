/** What rows report, and how it is told: medians over rounds with their spread, ratios to V and D, limits. */
import type { Machine } from './machine.ts';

/** `target` is what TARGETS asks for, `must` the least that the first release has to reach. */
export type Limit = {
  readonly better: 'higher' | 'lower';
  readonly text: string;
  /** In the unit of the measure. */
  readonly target: (machine: Machine) => number;
  readonly must?: (machine: Machine) => number;
};

export type Measure = {
  readonly name: string;
  readonly unit: 'PDUs/s' | 'ms' | 'MB' | 's' | '×';
  /** What its ratio is to: V for computing, D for waiting for the disk. */
  readonly ratio?: 'V' | 'D';
  /** Absent for a figure that only explains others. */
  readonly limit?: Limit;
};

export type Reading = { readonly measure: Measure; readonly value: number };
export type Sample = Reading & { readonly machine: Machine };

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which this share of all values lies, interpolated. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
};

export const printTable = (samples: readonly Sample[]): void => {
  const byMeasure = Map.groupBy(samples, (sample) => sample.measure);
  const lines = [...byMeasure].map(([measure, of]) => [
    measure.name,
    format(median(of.map(({ value }) => value)), measure.unit),
    spread(of),
    ratio(measure, of),
    measure.limit?.text ?? '–',
    verdict(measure.limit, of),
  ]);
  const header = ['measure', 'median', 'spread', 'as a ratio', 'target', ''];
  const all = [header, header.map(() => '---'), ...lines];
  const widths = header.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  for (const line of all) {
    console.log(`| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  }
};

const digits = (value: number): string => {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(value < 0.1 ? 2 : 3);
};

const format = (value: number, unit: Measure['unit']): string => `${digits(value)} ${unit}`;

const spread = (samples: readonly Sample[]): string => {
  const values = samples.map(({ value }) => value);
  return `${digits(Math.min(...values))} – ${digits(Math.max(...values))}`;
};

/** A rate as a multiple of V; a duration as what it would be in verifications or durable writes. */
const ratio = ({ ratio: to, unit }: Measure, samples: readonly Sample[]): string => {
  if (to === undefined) return '–';
  const of = ({ v, d }: Machine) => (to === 'V' ? v : d);
  const seconds = unit === 'ms' ? 1e-3 : 1;
  return unit === 'PDUs/s'
    ? `${digits(median(samples.map(({ value, machine }) => value / of(machine))))} ${to}`
    : `${digits(median(samples.map(({ value, machine }) => value * seconds * of(machine))))}/${to}`;
};

const verdict = (limit: Limit | undefined, samples: readonly Sample[]): string => {
  if (limit === undefined) return '';
  const reaches = (bound: (machine: Machine) => number): boolean => {
    const quotient = median(samples.map(({ value, machine }) => value / bound(machine)));
    return limit.better === 'higher' ? quotient >= 1 : quotient <= 1;
  };
  if (reaches(limit.target)) return 'met';
  return limit.must !== undefined && reaches(limit.must) ? 'missed, within the least' : 'missed';
};
