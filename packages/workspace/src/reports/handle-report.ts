/** What admins do about a report; each is written down with who did it. */
import {
  type Engine,
  invalidParam,
  notFound,
  type ReportedMessage,
  readReportedMessage,
  redactEvent,
} from '@causeway/homeserver';
import { parseEventId, parseRoomId, type UserId } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { quarantineFiles } from '../files/file-actions.ts';
import { reports } from '../tables.ts';
import { type Report, reportOfRow } from './reports.ts';
import { faultOf } from '../faults.ts';

const MAX_NOTE_LENGTH = 2_000;

/** @throws M_NOT_FOUND */
export const findReport = (engine: Engine, reportId: number): Promise<Report> =>
  engine.store.read(async (reader) => {
    const row = await reader.get(reports, { report_id: reportId });
    const report = row && reportOfRow(row);
    if (report === undefined) throw noSuchReport();
    return report;
  });

const noSuchReport = () => notFound(faultOf('report-unknown'));

/** Marks a report as handled, with a note for other admins, or opens it again. @throws M_NOT_FOUND, M_INVALID_PARAM */
export const markReport = async (
  engine: Engine,
  {
    reportId,
    handled,
    note,
    by,
  }: { readonly reportId: number; readonly handled: boolean; readonly note: string; readonly by: Actor },
): Promise<void> => {
  if (note.length > MAX_NOTE_LENGTH || !note.isWellFormed()) {
    throw invalidParam(faultOf('note-long', { most: MAX_NOTE_LENGTH }));
  }
  const ts = engine.clock.now();
  await engine.store.transact(async (tx) => {
    const change = { handled_ts: handled ? ts : null, handled_by: handled ? by.name : null, note };
    if (!(await tx.update(reports, { report_id: reportId }, change))) throw noSuchReport();
    const action = handled ? 'report.handle' : 'report.reopen';
    await appendAudit(tx, { ts, action, by, target: `report ${reportId}`, after: { note } });
  });
};

/**
 * The reported message and what was said around it, also from a room that the admin is not in: that somebody looked
 * is written down. Undefined for a report about no message, and for one that is gone.
 */
export const openReportedMessage = async (
  engine: Engine,
  { report, by }: { readonly report: Report; readonly by: Actor },
): Promise<ReportedMessage | undefined> => {
  const { roomId, eventId, reportId } = report;
  if (roomId === undefined || eventId === undefined) return undefined;
  const found = await readReportedMessage(engine, { roomId, eventId });
  if (found === undefined) return undefined;
  const ts = engine.clock.now();
  await engine.store.transact((tx) =>
    appendAudit(tx, { ts, action: 'report.open', by, target: `report ${reportId}`, after: { room: roomId } }),
  );
  return found;
};

/**
 * Deletes the reported message everywhere, as the admin themselves: they must be in the room and have the right of
 * its moderators. @throws M_NOT_FOUND, M_FORBIDDEN
 */
export const deleteReportedMessage = async (
  engine: Engine,
  { report, admin, by }: { readonly report: Report; readonly admin: UserId; readonly by: Actor },
): Promise<void> => {
  const roomId = parseRoomId(report.roomId ?? '');
  const eventId = parseEventId(report.eventId ?? '');
  if (roomId === undefined || eventId === undefined) throw notFound(faultOf('report-no-message'));
  const reason = `Reported to the admins of ${engine.serverName}.`;
  const redaction = await redactEvent(engine, { roomId, sender: admin, eventId, reason });
  const ts = engine.clock.now();
  const after = { room: roomId, event: eventId, redaction };
  await engine.store.transact((tx) =>
    appendAudit(tx, { ts, action: 'report.delete-message', by, target: `report ${report.reportId}`, after }),
  );
};

/** Withdraws every file that the reported message names; returns how many. @throws M_NOT_FOUND */
export const quarantineReportedFiles = async (
  engine: Engine,
  { report, by }: { readonly report: Report; readonly by: Actor },
): Promise<number> => {
  const { roomId = '', eventId = '' } = report;
  const found = await readReportedMessage(engine, { roomId, eventId });
  if (found === undefined) throw notFound(faultOf('report-message-gone'));
  return quarantineFiles(engine, { files: found.files, quarantined: true, by });
};
