/** What the overview shows, as the server tells it. */
import { isObject, type JsonObject, request } from '../session/matrix-request.ts';
import type { Point } from './chart-scale.ts';

export type Overview = {
  readonly ts: number;
  readonly startedTs: number;
  readonly version: string;
  /** What is wrong, in words; empty when all is in order. */
  readonly faults: readonly string[];
  readonly servers: number;
  readonly failing: number;
  readonly waiting: number;
  readonly oldestWaitingTs: number | undefined;
  readonly staged: number;
  readonly databaseBytes: number;
  readonly mediaBytes: number;
  readonly mediaFiles: number;
  readonly freeBytes: number;
  readonly diskBytes: number;
  readonly samples: readonly JsonObject[];
};

export const fetchOverview = async (accessToken: string, hours: number): Promise<Overview> => {
  const answer = await request(`/_causeway/admin/overview?hours=${hours}`, { accessToken });
  const now = isObject(answer['now']) ? answer['now'] : {};
  const samples = Array.isArray(answer['samples']) ? answer['samples'].filter(isObject) : [];
  const number = (name: string) => numberIn(now, name) ?? 0;
  const checks = isObject(now['checks']) ? Object.values(now['checks']) : [];
  return {
    ts: number('ts'),
    startedTs: number('startedTs'),
    version: String(now['version'] ?? ''),
    faults: checks.filter((check) => typeof check === 'string').filter((check) => check !== 'ok'),
    servers: number('servers'),
    failing: number('failing'),
    waiting: number('waiting'),
    oldestWaitingTs: numberIn(now, 'oldestWaitingTs'),
    staged: number('staged'),
    databaseBytes: number('databaseBytes'),
    mediaBytes: number('mediaBytes'),
    mediaFiles: number('mediaFiles'),
    freeBytes: number('freeBytes'),
    diskBytes: number('diskBytes'),
    samples,
  };
};

const numberIn = (object: JsonObject, name: string): number | undefined => {
  const value = object[name];
  return typeof value === 'number' ? value : undefined;
};

/** One column of the samples, with what is now as the last point where there is such a thing. */
export const pointsOf = ({ samples, ts }: Overview, column: string, now?: number): readonly Point[] => [
  ...samples.map((sample) => ({ ts: numberIn(sample, 'ts') ?? 0, value: numberIn(sample, column) ?? null })),
  ...(now === undefined ? [] : [{ ts, value: now }]),
];

const MINUTE_MS = 60_000;

/** A column that counts, per minute. */
export const perMinute = ({ samples }: Overview, column: string): readonly Point[] =>
  samples.map((sample) => {
    const covered = numberIn(sample, 'covered_ms') ?? 0;
    const count = numberIn(sample, column) ?? 0;
    return { ts: numberIn(sample, 'ts') ?? 0, value: covered <= 0 ? null : (count / covered) * MINUTE_MS };
  });
