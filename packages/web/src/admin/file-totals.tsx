import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { type FileTotals, fetchFileTotals, purgeCopies, type Sum } from './media-api.ts';
import { useAnswer } from './use-answer.ts';

const DAY_MS = 86_400_000;
const MAX_SHOWN = 5;

/** How much is kept, of whom, and how to keep less of what others have. */
export function FileTotalsView({ onPurged }: { onPurged: () => void }) {
  const { value, failure, again } = useAnswer(fetchFileTotals);
  const [asking, setAsking] = useState(false);
  const [told, setTold] = useState('');
  if (!value) return failure ? <Notice kind="error">{failure}</Notice> : null;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap gap-x-10 gap-y-4">
        <Total label={t('adminFiles.ours')} sum={value.local} />
        <Total label={t('adminFiles.copies')} sum={value.remote} />
      </div>
      <div className="flex flex-wrap gap-x-10 gap-y-4">
        <Largest label={t('adminFiles.byPerson')} list={value.people} />
        <Largest label={t('adminFiles.byServer')} list={value.origins} />
      </div>
      <Button variant="secondary" small className="self-start" onClick={() => setAsking(true)}>
        {t('adminFiles.purge')}
      </Button>
      {told === '' ? null : <Notice kind="info">{told}</Notice>}
      {asking ? (
        <PurgeDialog
          onClose={() => setAsking(false)}
          onPurged={(gone) => {
            setTold(t('adminFiles.purged', { count: gone.files }));
            again();
            onPurged();
          }}
        />
      ) : null}
    </div>
  );
}

function Total({ label, sum }: { label: string; sum: Sum }) {
  return (
    <div className="flex flex-col">
      <span className="text-sm text-ink-soft">{label}</span>
      <span className="text-xl font-semibold tabular-nums">{formatSize(sum.bytes)}</span>
      <span className="text-sm text-ink-quiet">{t('adminFiles.files', { count: sum.files })}</span>
    </div>
  );
}

function Largest({ label, list }: { label: string; list: FileTotals['people'] }) {
  if (list.length === 0) return null;
  return (
    <section aria-label={label} className="flex min-w-[240px] flex-1 flex-col">
      <h2 className="pb-1 text-sm text-ink-soft">{label}</h2>
      <ol className="flex flex-col">
        {list.slice(0, MAX_SHOWN).map(({ name, bytes }) => (
          <li key={name} className="flex gap-3 border-t border-line py-1.5">
            <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{name}</span>
            <span className="text-ink-soft tabular-nums">{formatSize(bytes)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

type PurgeDialogProps = { readonly onPurged: (gone: Sum) => void; readonly onClose: () => void };

function PurgeDialog({ onPurged, onClose }: PurgeDialogProps) {
  const { session } = useWorkspace();
  const [days, setDays] = useState('30');
  const [error, setError] = useState('');
  const isRight = /^\d{1,5}$/.test(days.trim());
  return (
    <FormDialog
      title={t('adminFiles.purge')}
      description={t('adminFiles.purgeText')}
      confirm={t('adminFiles.purgeConfirm')}
      check={() => {
        setError(isRight ? '' : t('adminFiles.daysWrong'));
        return isRight;
      }}
      onSubmit={async () => {
        onPurged(await purgeCopies(session.accessToken, Date.now() - Number(days) * DAY_MS));
        onClose();
      }}
      failed={(reason) => reason}
      onClose={onClose}
    >
      <Field
        label={t('adminFiles.unopened')}
        value={days}
        inputMode="numeric"
        error={error || undefined}
        onChange={(event) => setDays(event.target.value)}
      />
    </FormDialog>
  );
}
