/** What people reported to the admins. @see docs/guide/admin/rooms-and-media.md */
import { invalidParam, type SeenMessage } from '@causeway/homeserver';
import {
  deleteReportedMessage,
  findReport,
  listReports,
  markReport,
  openReportedMessage,
  quarantineReportedFiles,
  type Report,
} from '@causeway/workspace';
import { optionalString, queryBoolean, queryInteger, requiredBoolean } from '../../client/fields.ts';
import type { HttpRequest } from '../../route.ts';
import { fresh } from '../workspace-api.ts';
import { adminRoute } from './admin-route.ts';
import { faultOf } from '@causeway/workspace';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const whole = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** `GET /_causeway/admin/reports?open=&before=&limit=`: newest first; with `open` those that nobody is done with. */
export const getReports = adminRoute('GET', '/reports', async ({ workspace, request }) => {
  const before = queryInteger(request, 'before', whole);
  const page = await listReports(workspace, {
    open: queryBoolean(request, 'open'),
    ...(before === undefined ? {} : { before }),
    limit: queryInteger(request, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
  });
  return fresh({
    reports: page.reports.map(reportJson),
    ...(page.before === undefined ? {} : { before: page.before }),
  });
});

/** `GET /_causeway/admin/reports/{reportId}/message`: with what was said around it. The audit log has who looked. */
export const getReportedMessage = adminRoute(
  'GET',
  '/reports/:reportId/message',
  async ({ engine, request, by }) => {
    const report = await findReport(engine, reportIdIn(request));
    const found = await openReportedMessage(engine, { report, by });
    if (found === undefined) return fresh({ here: false });
    return fresh({
      here: true,
      message: messageJson(found.message),
      before: found.before.map(messageJson),
      after: found.after.map(messageJson),
      files: found.files.map(({ origin, mediaId }) => ({ origin, media_id: mediaId })),
    });
  },
);

/** `PUT /_causeway/admin/reports/{reportId}`: `{ "handled", "note"? }` */
export const putReport = adminRoute('PUT', '/reports/:reportId', async ({ engine, request, by }) => {
  const body = request.jsonObject();
  const reportId = reportIdIn(request);
  const handled = requiredBoolean(body, 'handled');
  await markReport(engine, { reportId, handled, note: optionalString(body, 'note') ?? '', by });
  return fresh(reportJson(await findReport(engine, reportId)));
});

/** `POST /_causeway/admin/reports/{reportId}/deletion`: deletes the message everywhere, as the admin. */
export const postReportDeletion = adminRoute(
  'POST',
  '/reports/:reportId/deletion',
  async ({ engine, request, userId, by }) => {
    const report = await findReport(engine, reportIdIn(request));
    await deleteReportedMessage(engine, { report, admin: userId, by });
    return fresh({});
  },
);

/** `POST /_causeway/admin/reports/{reportId}/quarantine`: withdraws the files of the message. */
export const postReportQuarantine = adminRoute(
  'POST',
  '/reports/:reportId/quarantine',
  async ({ engine, request, by }) => {
    const report = await findReport(engine, reportIdIn(request));
    return fresh({ files: await quarantineReportedFiles(engine, { report, by }) });
  },
);

const reportIdIn = (request: HttpRequest): number => {
  const text = request.param('reportId');
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw invalidParam(faultOf('report-unknown'));
  return Number(text);
};

const reportJson = (report: Report) => ({
  report_id: report.reportId,
  kind: report.kind,
  reporter: report.reporter,
  ...(report.roomId === undefined ? {} : { room_id: report.roomId }),
  ...(report.eventId === undefined ? {} : { event_id: report.eventId }),
  ...(report.userId === undefined ? {} : { user_id: report.userId }),
  reason: report.reason,
  reported_ts: report.reportedTs,
  ...(report.handled === undefined ? {} : { handled_by: report.handled.by, handled_ts: report.handled.ts }),
  note: report.note,
});

const messageJson = ({ eventId, stateKey, previousContent, ...message }: SeenMessage) => ({
  event_id: eventId,
  ...message,
  ...(stateKey === undefined ? {} : { state_key: stateKey }),
  ...(previousContent === undefined ? {} : { prev_content: previousContent }),
});
