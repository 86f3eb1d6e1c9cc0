import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { TextAreaField } from '../controls/text-area-field.tsx';
import { formatRoute } from '../frame/route.ts';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { serverNameOf } from '../people/organisation.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { ReportedMessageView } from './reported-message.tsx';
import { fetchReportedMessage, markReport, type Report, type ReportedMessage } from './reports-api.ts';

const TITLES = {
  event: 'adminReports.aboutMessage',
  room: 'adminReports.aboutRoom',
  user: 'adminReports.aboutPerson',
} as const;

const LINK =
  'rounded underline underline-offset-2 [overflow-wrap:anywhere] hover:text-ink focus-visible:outline-2 focus-visible:outline-accent';

/** One report: who told what about whom, and what can be done. */
export function ReportRow({ report, onChange }: { report: Report; onChange: (now: Report) => void }) {
  const { session } = useWorkspace();
  const [seen, setSeen] = useState<ReportedMessage | 'gone'>();
  const [closing, setClosing] = useState(false);
  const [failure, setFailure] = useState('');

  async function attempt(work: () => Promise<void>) {
    setFailure('');
    try {
      await work();
    } catch (problem) {
      setFailure(describeProblem(problem));
    }
  }

  const open = () =>
    attempt(async () =>
      setSeen((await fetchReportedMessage(session.accessToken, report.reportId)) ?? 'gone'),
    );
  const reopen = () =>
    attempt(async () =>
      onChange(await markReport(session.accessToken, report.reportId, { handled: false, note: report.note })),
    );

  return (
    <li className="flex flex-col gap-2 border-t border-line py-4" data-report={report.reportId}>
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 className="font-medium [overflow-wrap:anywhere]">
          {t(TITLES[report.kind], { person: report.userId ?? '' })}
        </h2>
        <span className="ms-auto text-sm text-ink-quiet tabular-nums">{formatMoment(report.reportedTs)}</span>
      </div>
      {report.reason ? (
        <p className="max-w-[70ch] [overflow-wrap:anywhere]">“{report.reason}”</p>
      ) : (
        <p className="text-ink-quiet">{t('adminReports.noReason')}</p>
      )}
      <p className="flex flex-wrap gap-x-3 text-sm text-ink-soft">
        <span className="[overflow-wrap:anywhere]">{t('adminReports.by', { who: report.reporter })}</span>
        {report.roomId === undefined ? null : (
          <a href={formatRoute({ screen: 'admin', section: 'rooms', about: report.roomId })} className={LINK}>
            {t('adminReports.toRoom')}
          </a>
        )}
        {report.userId === undefined ? null : <PersonLinks userId={report.userId} />}
      </p>
      {report.handled === undefined ? null : (
        <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">
          {t('adminReports.handled', { who: report.handled.by, when: formatMoment(report.handled.ts) })}
          {report.note ? ` ${report.note}` : ''}
        </p>
      )}
      {seen === 'gone' ? <Notice kind="info">{t('adminReports.gone')}</Notice> : null}
      {seen !== undefined && seen !== 'gone' ? (
        <ReportedMessageView reportId={report.reportId} seen={seen} onChange={open} />
      ) : null}
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      <div className="flex flex-wrap gap-2">
        {report.kind === 'event' && seen === undefined ? (
          <Button variant="secondary" small onClick={() => void open()}>
            {t('adminReports.look')}
          </Button>
        ) : null}
        {report.handled === undefined ? (
          <Button variant="secondary" small onClick={() => setClosing(true)}>
            {t('adminReports.done')}
          </Button>
        ) : (
          <Button variant="secondary" small onClick={() => void reopen()}>
            {t('adminReports.reopen')}
          </Button>
        )}
      </div>
      {closing ? <DoneDialog report={report} onChange={onChange} onClose={() => setClosing(false)} /> : null}
    </li>
  );
}

/** Their files are what an admin can look at of anybody, of whatever server; their account only when it is ours. */
function PersonLinks({ userId }: { userId: string }) {
  const { serverName } = useWorkspace();
  return (
    <>
      {serverNameOf(userId) === serverName ? (
        <a href={formatRoute({ screen: 'admin', section: 'people', about: userId })} className={LINK}>
          {t('adminReports.toPerson', { person: userId })}
        </a>
      ) : null}
      <a href={formatRoute({ screen: 'admin', section: 'files', about: userId })} className={LINK}>
        {t('adminReports.toFiles', { person: userId })}
      </a>
    </>
  );
}

type DoneProps = {
  readonly report: Report;
  readonly onChange: (now: Report) => void;
  readonly onClose: () => void;
};

function DoneDialog({ report, onChange, onClose }: DoneProps) {
  const { session } = useWorkspace();
  const [note, setNote] = useState(report.note);
  return (
    <FormDialog
      title={t('adminReports.doneTitle')}
      description={t('adminReports.doneText')}
      confirm={t('adminReports.done')}
      check={() => true}
      onSubmit={async () => {
        onChange(await markReport(session.accessToken, report.reportId, { handled: true, note }));
        onClose();
      }}
      failed={(reason) => reason}
      onClose={onClose}
    >
      <TextAreaField
        label={t('adminReports.note')}
        value={note}
        maxLength={2000}
        onChange={(event) => setNote(event.target.value)}
      />
    </FormDialog>
  );
}
