/** What the page about reports asks of the server. */
import { isObject, type JsonObject, request, text } from '../session/matrix-request.ts';
import { isNotice, type NoticeEvent, noticeText } from '../timeline/notice-text.ts';
import { ADMIN, number, objects, optionalNumber, queryOf } from './answer-parts.ts';

export type Report = {
  readonly reportId: number;
  readonly kind: 'event' | 'room' | 'user';
  readonly reporter: string;
  readonly roomId: string | undefined;
  readonly userId: string | undefined;
  readonly reason: string;
  readonly reportedTs: number;
  readonly handled: { readonly by: string; readonly ts: number } | undefined;
  readonly note: string;
};

export type ReportsPage = { readonly reports: readonly Report[]; readonly before: number | undefined };

export type SeenMessage = {
  readonly eventId: string;
  readonly sender: string;
  readonly ts: number;
  /** Its text; a change of the room as a sentence; of anything else its type. */
  readonly text: string;
  readonly deleted: boolean;
};

export type ReportedMessage = {
  readonly message: SeenMessage;
  readonly before: readonly SeenMessage[];
  readonly after: readonly SeenMessage[];
  /** How many files it names. */
  readonly files: number;
};

export async function fetchReports(
  accessToken: string,
  open: boolean,
  before?: number,
): Promise<ReportsPage> {
  const body = await request(`${ADMIN}/reports?${queryOf({ open, before })}`, { accessToken });
  return { reports: objects(body.reports).map(readReport), before: optionalNumber(body.before) };
}

const pathOf = (reportId: number, rest = '') => `${ADMIN}/reports/${reportId}${rest}`;

/** Undefined when it is not on this server any more. */
export async function fetchReportedMessage(
  accessToken: string,
  reportId: number,
): Promise<ReportedMessage | undefined> {
  const body = await request(pathOf(reportId, '/message'), { accessToken });
  const { message } = body;
  if (body.here !== true || !isObject(message)) return undefined;
  return {
    message: readMessage(message),
    before: objects(body.before).map(readMessage),
    after: objects(body.after).map(readMessage),
    files: objects(body.files).length,
  };
}

export const markReport = async (
  accessToken: string,
  reportId: number,
  wanted: { readonly handled: boolean; readonly note: string },
): Promise<Report> =>
  readReport(await request(pathOf(reportId), { method: 'PUT', accessToken, body: wanted }));

export const deleteReportedMessage = (accessToken: string, reportId: number) =>
  request(pathOf(reportId, '/deletion'), { method: 'POST', accessToken });

export const withdrawReportedFiles = (accessToken: string, reportId: number) =>
  request(pathOf(reportId, '/quarantine'), { method: 'POST', accessToken });

const readReport = (report: JsonObject): Report => {
  const by = text(report.handled_by);
  return {
    reportId: number(report.report_id),
    kind: report.kind === 'room' || report.kind === 'user' ? report.kind : 'event',
    reporter: text(report.reporter) ?? '',
    roomId: text(report.room_id),
    userId: text(report.user_id),
    reason: text(report.reason) ?? '',
    reportedTs: number(report.reported_ts),
    handled: by === undefined ? undefined : { by, ts: number(report.handled_ts) },
    note: text(report.note) ?? '',
  };
};

const readMessage = (message: JsonObject): SeenMessage => {
  const content = isObject(message.content) ? message.content : {};
  return {
    eventId: text(message.event_id) ?? '',
    sender: text(message.sender) ?? '',
    ts: number(message.ts),
    text: text(content.body) ?? reportedText(message, content),
    deleted: message.redacted === true,
  };
};

/** Admins are shown IDs: whoever is not in the room has no names for its people. */
const reportedText = (message: JsonObject, content: JsonObject): string => {
  const event: NoticeEvent = {
    type: text(message.type) ?? '',
    sender: text(message.sender) ?? '',
    content,
    previousContent: isObject(message.prev_content) ? message.prev_content : {},
    stateKey: text(message.state_key),
  };
  return isNotice(event) ? noticeText(event, (userId) => userId) : event.type;
};
