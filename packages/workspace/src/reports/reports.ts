/** What people reported to the admins. */
import { MatrixError } from '@causeway/homeserver';
import { parseUserId, type UserId } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { reports } from '../tables.ts';

export type ReportSubject =
  | { readonly kind: 'event'; readonly roomId: string; readonly eventId: string; readonly userId: UserId }
  | { readonly kind: 'room'; readonly roomId: string }
  | { readonly kind: 'user'; readonly userId: UserId };

export type NewReport = {
  readonly reporter: UserId;
  readonly about: ReportSubject;
  readonly reason: string;
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
};

export interface Reports {
  /** Refuses with M_LIMIT_EXCEEDED who reports without end. */
  add(report: NewReport): Promise<void>;
  /** Newest first, those before `before`. For admins. */
  list(options: { readonly before?: number; readonly limit: number }): Promise<readonly Report[]>;
  /** When an admin is done with it. */
  remove(reportId: number): Promise<void>;
}

const MAX_REASON_LENGTH = 2_000;
/** Reports of one person within an hour. */
const MAX_PER_HOUR = 50;
const HOUR_MS = 3_600_000;

export const createReports = ({ store, clock }: WorkspaceContext): Reports => ({
  add: ({ reporter, about, reason }) =>
    store.transact(async (tx) => {
      const now = clock.now();
      const recent = { index: 'by_reporter', where: { reporter }, gt: now - HOUR_MS } as const;
      if ((await tx.count(reports, recent)) >= MAX_PER_HOUR) {
        throw new MatrixError('M_LIMIT_EXCEEDED', 'You have reported a lot. Try again in an hour.', {
          retry_after_ms: HOUR_MS,
        });
      }
      await tx.insert(reports, {
        report_id: await tx.next('workspace_report'),
        reporter,
        kind: about.kind,
        room_id: about.kind === 'user' ? null : about.roomId,
        event_id: about.kind === 'event' ? about.eventId : null,
        user_id: about.kind === 'room' ? null : about.userId,
        reason: reason.slice(0, MAX_REASON_LENGTH).toWellFormed(),
        reported_ts: now,
      });
    }),
  list: ({ before, limit }) =>
    store.read(async (reader) => {
      const range = { reverse: true, limit, ...(before === undefined ? {} : { lt: before }) };
      const found: Report[] = [];
      for (const row of await reader.scan(reports, range)) {
        const reporter = parseUserId(row.reporter);
        if (reporter === undefined) continue;
        found.push({
          reportId: row.report_id,
          reporter,
          kind: row.kind,
          roomId: row.room_id ?? undefined,
          eventId: row.event_id ?? undefined,
          userId: row.user_id ?? undefined,
          reason: row.reason,
          reportedTs: row.reported_ts,
        });
      }
      return found;
    }),
  remove: (reportId) => store.transact((tx) => tx.delete(reports, { report_id: reportId })),
});
