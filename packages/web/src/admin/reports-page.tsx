import { useCallback, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { ReportRow } from './report-row.tsx';
import { fetchReports, type Report } from './reports-api.ts';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

/** What people reported, newest first. */
export function ReportsPage() {
  const { session } = useWorkspace();
  const [shown, setShown] = useState<'open' | 'all'>('open');
  const ask = useCallback((accessToken: string) => fetchReports(accessToken, shown === 'open'), [shown]);
  const { value, failure, set } = useAnswer(ask);
  const [problem, setProblem] = useState('');

  async function more() {
    if (value?.before === undefined) return;
    setProblem('');
    try {
      const next = await fetchReports(session.accessToken, shown === 'open', value.before);
      set({ reports: [...value.reports, ...next.reports], before: next.before });
    } catch (thrown) {
      setProblem(describeProblem(thrown));
    }
  }

  const changed = (now: Report) =>
    value &&
    set({
      ...value,
      reports: value.reports.map((one) => (one.reportId === now.reportId ? now : one)),
    });

  return (
    <div className="flex flex-col gap-5">
      <SelectField
        label={t('adminReports.shown')}
        value={shown}
        options={[
          { value: 'open', label: t('adminReports.open') },
          { value: 'all', label: t('adminReports.all') },
        ]}
        onChoose={setShown}
        inline
      />
      {problem || failure ? <Notice kind="error">{problem || failure}</Notice> : null}
      {value === undefined ? failure ? null : <Loading /> : null}
      {value?.reports.length === 0 ? (
        <p className="max-w-[70ch] text-ink-soft">{t('adminReports.none')}</p>
      ) : null}
      <ul aria-label={t('adminReports.title')} className="flex flex-col">
        {value?.reports.map((report) => (
          <ReportRow key={report.reportId} report={report} onChange={changed} />
        ))}
      </ul>
      {value?.before === undefined ? null : (
        <Button variant="secondary" small className="self-start" onClick={() => void more()}>
          {t('adminReports.older')}
        </Button>
      )}
    </div>
  );
}
