import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import {
  deleteReportedMessage,
  type ReportedMessage,
  type SeenMessage,
  withdrawReportedFiles,
} from './reports-api.ts';

type ViewProps = {
  readonly reportId: number;
  readonly seen: ReportedMessage;
  /** Something was done: it is to be read anew. */
  readonly onChange: () => Promise<void>;
};

/** The message with what was said around it. */
export function ReportedMessageView({ reportId, seen, onChange }: ViewProps) {
  const { session } = useWorkspace();
  const [asked, setAsked] = useState<'delete' | 'withdraw'>();
  const [told, setTold] = useState('');
  return (
    <div className="flex flex-col gap-3">
      <ol
        aria-label={t('adminReports.context')}
        className="flex flex-col gap-2 rounded-lg border border-line p-3"
      >
        {seen.before.map((message) => (
          <Message key={message.eventId} message={message} />
        ))}
        <Message message={seen.message} reported />
        {seen.after.map((message) => (
          <Message key={message.eventId} message={message} />
        ))}
      </ol>
      {told === '' ? null : <Notice kind="info">{told}</Notice>}
      <div className="flex flex-wrap gap-2">
        {seen.message.deleted ? null : (
          <Button variant="danger" small onClick={() => setAsked('delete')}>
            {t('adminReports.delete')}
          </Button>
        )}
        {seen.files === 0 ? null : (
          <Button variant="secondary" small onClick={() => setAsked('withdraw')}>
            {t('adminReports.withdraw', { count: seen.files })}
          </Button>
        )}
      </div>
      {asked === 'delete' ? (
        <ConfirmDialog
          title={t('adminReports.deleteTitle', { person: seen.message.sender })}
          text={t('adminReports.deleteText')}
          confirm={t('adminReports.delete')}
          danger
          onConfirm={async () => {
            await deleteReportedMessage(session.accessToken, reportId);
            setTold(t('adminReports.deleted'));
            await onChange();
          }}
          onClose={() => setAsked(undefined)}
        />
      ) : null}
      {asked === 'withdraw' ? (
        <ConfirmDialog
          title={t('adminReports.withdrawTitle', { count: seen.files })}
          text={t('adminReports.withdrawText')}
          confirm={t('adminReports.withdraw', { count: seen.files })}
          onConfirm={async () => {
            await withdrawReportedFiles(session.accessToken, reportId);
            setTold(t('adminReports.withdrawn'));
          }}
          onClose={() => setAsked(undefined)}
        />
      ) : null}
    </div>
  );
}

function Message({ message, reported }: { message: SeenMessage; reported?: boolean }) {
  return (
    <li
      aria-current={reported ? 'true' : undefined}
      className={`flex flex-col gap-0.5 rounded-md px-2 py-1 ${reported ? 'bg-warn-wash' : ''}`}
    >
      <span className="flex flex-wrap gap-x-3 text-sm text-ink-soft">
        <span className="[overflow-wrap:anywhere]">{message.sender}</span>
        <span className="ms-auto tabular-nums">{formatMoment(message.ts)}</span>
      </span>
      <span className="max-w-[70ch] [overflow-wrap:anywhere] whitespace-pre-wrap">
        {message.deleted ? t('adminReports.isDeleted') : message.text}
      </span>
    </li>
  );
}
