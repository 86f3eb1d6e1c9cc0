/** What was going on, minute by minute, for the overview of the admins. Figures only: no names of anybody. */
import type { RowOf, Store } from '@causeway/homeserver';
import { samples } from '../tables.ts';

export type Sample = RowOf<typeof samples>;

/** A week, and then it is forgotten. */
export const SAMPLES_KEPT_MS = 7 * 24 * 3_600_000;

/** More points than these nobody can tell apart in a chart. */
const MAX_POINTS = 288;

export const keepSample = (store: Store, sample: Sample): Promise<void> =>
  store.transact(async (tx) => {
    await tx.put(samples, sample);
    await tx.deleteRange(samples, { lt: sample.ts - SAMPLES_KEPT_MS });
  });

/** Oldest first, those since `from` (milliseconds), put together where they are too many. */
export const readSamples = async (store: Store, from: number): Promise<readonly Sample[]> => {
  const rows = await store.read((reader) => reader.scan(samples, { gte: from }));
  const size = Math.ceil(rows.length / MAX_POINTS);
  if (size <= 1) return rows;
  const points: Sample[] = [];
  for (let at = 0; at < rows.length; at += size) points.push(together(rows.slice(at, at + size)));
  return points;
};

/** Counts are added up; of what goes up and down the worst is kept; of what grows the last. */
const together = (rows: readonly Sample[]): Sample => {
  const [first, ...others] = rows;
  if (first === undefined) throw new Error('no samples to put together');
  return others.reduce(
    (sum, row) => ({
      ...row,
      covered_ms: sum.covered_ms + row.covered_ms,
      events_in: sum.events_in + row.events_in,
      events_out: sum.events_out + row.events_out,
      delivered: sum.delivered + row.delivered,
      failed: sum.failed + row.failed,
      requests: sum.requests + row.requests,
      delay_half_ms: worst(sum.delay_half_ms, row.delay_half_ms),
      delay_most_ms: worst(sum.delay_most_ms, row.delay_most_ms),
      waiting: Math.max(sum.waiting, row.waiting),
      staged: Math.max(sum.staged, row.staged),
      loop_ms: Math.max(sum.loop_ms, row.loop_ms),
    }),
    first,
  );
};

const worst = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);
