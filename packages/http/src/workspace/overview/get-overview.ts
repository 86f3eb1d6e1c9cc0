import type { Sample } from '@causeway/workspace';
import { queryInteger } from '../../client/fields.ts';
import type { HttpRoute } from '../../route.ts';
import { type AdminContext, adminRoute } from '../admin/admin-route.ts';
import { fresh } from '../workspace-api.ts';

/** How the workspace does, as the process that runs it knows. */
export interface OverviewSource {
  now(): Promise<OverviewNow>;
  /** Oldest first. */
  samples(sinceMs: number): Promise<readonly Sample[]>;
}

export type OverviewNow = {
  readonly ts: number;
  readonly startedTs: number;
  readonly version: string;
  /** By the names of the checks of `/health/ready`: 'ok', or in words what is wrong. */
  readonly checks: { readonly [name: string]: string };
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
};

const LONGEST_HOURS = 7 * 24;
const HOUR_MS = 3_600_000;

/** `GET /_causeway/admin/overview?hours=24`: how it is now, and how it was. */
export const overviewRoutes = (context: AdminContext, source: OverviewSource): readonly HttpRoute[] => {
  const operation = adminRoute('GET', '/overview', async ({ request }) => {
    const hours = queryInteger(request, 'hours', { min: 1, max: LONGEST_HOURS }) ?? 24;
    const now = await source.now();
    return fresh({ now, samples: await source.samples(now.ts - hours * HOUR_MS) });
  });
  return [{ ...operation, handle: operation.handle(context) }];
};
