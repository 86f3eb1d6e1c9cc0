import { createMemoryStore } from '@causeway/homeserver';
import { describe, expect, it } from 'vitest';
import { samples } from '../tables.ts';
import { keepSample, readSamples, type Sample, SAMPLES_KEPT_MS } from './samples.ts';

const MINUTE = 60_000;

const sample = (minute: number, more: Partial<Sample> = {}): Sample => ({
  ts: minute * MINUTE,
  covered_ms: MINUTE,
  ...{ events_in: 1, events_out: 2, delivered: 2, failed: 0, requests: 10 },
  ...{ delay_half_ms: null, delay_most_ms: null, waiting: 0, staged: 0 },
  ...{ database_bytes: minute, media_bytes: 0, free_bytes: 5, loop_ms: 1 },
  ...more,
});

describe('the samples of the overview', () => {
  it('are kept for a week and no longer', async () => {
    const store = createMemoryStore([samples]);
    const week = SAMPLES_KEPT_MS / MINUTE;
    for (const minute of [0, 1, week]) await keepSample(store, sample(minute));
    expect((await readSamples(store, 0)).map(({ ts }) => ts / MINUTE)).toEqual([0, 1, week]);
    await keepSample(store, sample(week + 1));
    expect((await readSamples(store, 0)).map(({ ts }) => ts / MINUTE)).toEqual([1, week, week + 1]);
  });

  it('are put together where they are many, and no event is lost or counted twice', async () => {
    const store = createMemoryStore([samples]);
    for (let minute = 0; minute < 1_000; minute++) {
      await keepSample(store, sample(minute, minute === 500 ? { waiting: 7, delay_most_ms: 90 } : {}));
    }
    const points = await readSamples(store, 0);
    expect(points.length).toBeLessThanOrEqual(288);
    expect(points.reduce((sum, point) => sum + point.events_out, 0)).toBe(2_000);
    expect(points.reduce((sum, point) => sum + point.covered_ms, 0)).toBe(1_000 * MINUTE);
    expect(Math.max(...points.map(({ waiting }) => waiting))).toBe(7);
    expect(points.filter(({ delay_most_ms }) => delay_most_ms === 90)).toHaveLength(1);
    expect(points.at(-1)).toMatchObject({ ts: 999 * MINUTE, database_bytes: 999 });
    expect(await readSamples(store, 998 * MINUTE)).toHaveLength(2);
  });
});
