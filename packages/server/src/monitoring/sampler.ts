/** Writes down every minute what went on, and answers the overview of the admins. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Clock, type Log, type Store, systemClock } from '@causeway/homeserver';
import type { OverviewSource } from '@causeway/http';
import { keepSample, readSamples, type Sample } from '@causeway/workspace';
import { version } from '../version.ts';
import type { Health } from './health.ts';
import type { Measured } from './measure.ts';
import type { Totals } from './metrics.ts';

export interface Sampler extends OverviewSource, Disposable {}

export type SamplerParts = {
  readonly store: Store;
  readonly log: Log;
  readonly health: Health;
  readonly measure: () => Promise<Measured>;
  readonly totals: Totals;
  readonly clock?: Clock;
};

const SAMPLE_MS = 60_000;
/** The first comes soon, so that there is something to see after a start. */
const FIRST_SAMPLE_MS = 10_000;
const LOOP_RESOLUTION_MS = 20;

type Counts = Omit<Totals, 'takeDelays'>;

export const startSampler = ({
  store,
  log,
  health,
  measure,
  totals,
  clock = systemClock,
}: SamplerParts): Sampler => {
  const startedTs = clock.now();
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  let last: Counts & { readonly ts: number } = { ...countsOf(totals), ts: startedTs };
  let timer: Disposable | undefined;
  let ended = false;

  const sample = async (): Promise<Sample> => {
    const measured = await measure();
    const before = last;
    last = { ...countsOf(totals), ts: measured.ts };
    const delays = totals.takeDelays().toSorted((a, b) => a - b);
    // What is measured is how long a timer that is due after the resolution really took.
    const loopMs = Math.max(0, loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS);
    loop.reset();
    return {
      ts: measured.ts,
      covered_ms: measured.ts - before.ts,
      events_in: last.eventsIn - before.eventsIn,
      events_out: last.eventsOut - before.eventsOut,
      delivered: last.delivered - before.delivered,
      failed: last.failed - before.failed,
      requests: last.requests - before.requests,
      delay_half_ms: quantile(delays, 0.5),
      delay_most_ms: quantile(delays, 0.95),
      waiting: measured.waiting,
      staged: measured.staged,
      database_bytes: measured.databaseBytes + measured.logBytes,
      media_bytes: measured.mediaBytes,
      free_bytes: measured.freeBytes,
      loop_ms: Math.round(loopMs),
    };
  };
  const work = () => {
    timer = clock.schedule(SAMPLE_MS, work);
    // A full disk is told by the health; it needs no second voice every minute.
    sample()
      .then((taken) => (ended ? undefined : keepSample(store, taken)))
      .catch((error: unknown) => {
        if (!ended) log.info('the sample of this minute could not be kept', { reason: String(error) });
      });
  };
  timer = clock.schedule(FIRST_SAMPLE_MS, work);

  return {
    async now() {
      const { oldestStagedTs: _oldest, logBytes, destinations: _known, ...measured } = await measure();
      const readiness = await health.readiness();
      return {
        ...measured,
        databaseBytes: measured.databaseBytes + logBytes,
        startedTs,
        version,
        checks: readiness.checks ?? {},
      };
    },
    samples: (sinceMs) => readSamples(store, sinceMs),
    [Symbol.dispose]() {
      ended = true;
      timer?.[Symbol.dispose]();
      loop.disable();
    },
  };
};

const countsOf = (totals: Totals): Counts => ({
  eventsIn: totals.eventsIn,
  eventsOut: totals.eventsOut,
  delivered: totals.delivered,
  failed: totals.failed,
  requests: totals.requests,
});

/** Of sorted values; null when there are none. */
const quantile = (sorted: readonly number[], share: number): number | null => {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? null : Math.round(value);
};
