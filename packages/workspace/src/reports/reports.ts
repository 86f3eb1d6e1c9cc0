/** What people reported to the admins. */
import { MatrixError } from '@causeway/homeserver';
import { parseUserId, type UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { actorOf } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { type ReportRow, reports } from '../tables.ts';

export type ReportSubject =
  | { readonly kind: 'event'; readonly roomId: string; readonly eventId: string; readonly userId: UserId }
  | { readonly kind: 'room'; readonly roomId: string }
  | { readonly kind: 'user'; readonly userId: UserId };

export type NewReport = {
  readonly reporter: UserId;
  readonly about: ReportSubject;
  readonly reason: string;
  /** Where the request came from. */
  readonly address?: string;
};

export type Report = {
  readonly reportId: number;
  readonly reporter: UserId;
  readonly kind: string;
  readonly roomId: string | undefined;
  readonly eventId: string | undefined;
  readonly userId: string | undefined;
  readonly reason: string;
  readonly reportedTs: number;
  /** When, by whom and with what note an admin was done with it. */
  readonly handled: { readonly ts: number; readonly by: string } | undefined;
  readonly note: string;
};

export type ReportsPage = {
  readonly reports: readonly Report[];
  /** For the next page. */
  readonly before: number | undefined;
};

export interface Reports {
  /** Refuses with M_LIMIT_EXCEEDED who reports without end. */
  add(report: NewReport): Promise<void>;
}

const MAX_REASON_LENGTH = 2_000;
/** Reports of one person within an hour. */
const MAX_PER_HOUR = 50;
const HOUR_MS = 3_600_000;

export const createReports = ({ store, clock }: WorkspaceContext): Reports => ({
  add: ({ reporter, about, reason, address }) =>
    store.transact(async (tx) => {
      const now = clock.now();
      const recent = { index: 'by_reporter', where: { reporter }, gt: now - HOUR_MS } as const;
      if ((await tx.count(reports, recent)) >= MAX_PER_HOUR) {
        throw new MatrixError('M_LIMIT_EXCEEDED', 'You have reported a lot. Try again in an hour.', {
          retry_after_ms: HOUR_MS,
        });
      }
      const report_id = await tx.next('workspace_report');
      await tx.insert(reports, {
        report_id,
        reporter,
        kind: about.kind,
        room_id: about.kind === 'user' ? null : about.roomId,
        event_id: about.kind === 'event' ? about.eventId : null,
        user_id: about.kind === 'room' ? null : about.userId,
        reason: reason.slice(0, MAX_REASON_LENGTH).toWellFormed(),
        reported_ts: now,
        handled_ts: null,
        handled_by: null,
        note: null,
      });
      // What was reported, not what was said about it.
      const { kind, ...what } = about;
      await appendAudit(tx, {
        ts: now,
        action: 'report.add',
        by: actorOf({ userId: reporter, ...(address === undefined ? {} : { remoteAddress: address }) }),
        target: `report ${report_id}`,
        after: { kind, ...what },
      });
    }),
});

/** Reports looked at for one page. */
const MAX_LOOKED_AT = 2_000;
const BATCH = 200;

/** Newest first, those before `before`; all of them, or those that nobody is done with. */
export const listReports = (
  { store }: Pick<WorkspaceContext, 'store'>,
  { before, limit, open }: { readonly before?: number; readonly limit: number; readonly open: boolean },
): Promise<ReportsPage> =>
  store.read(async (reader) => {
    const found: Report[] = [];
    let below = before ?? Number.MAX_SAFE_INTEGER;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; ) {
      const rows = await reader.scan(reports, { reverse: true, lt: below, limit: BATCH });
      for (const row of rows) {
        if (found.length === limit) return { reports: found, before: below };
        below = row.report_id;
        const report = reportOfRow(row);
        if (report !== undefined && !(open && report.handled !== undefined)) found.push(report);
      }
      if (rows.length < BATCH) return { reports: found, before: undefined };
      lookedAt += rows.length;
    }
    return { reports: found, before: below };
  });

export const reportOfRow = (row: ReportRow): Report | undefined => {
  const reporter = parseUserId(row.reporter);
  return (
    reporter && {
      reportId: row.report_id,
      reporter,
      kind: row.kind,
      roomId: row.room_id ?? undefined,
      eventId: row.event_id ?? undefined,
      userId: row.user_id ?? undefined,
      reason: row.reason,
      reportedTs: row.reported_ts,
      handled: row.handled_ts === null ? undefined : { ts: row.handled_ts, by: row.handled_by ?? '' },
      note: row.note ?? '',
    }
  );
};
