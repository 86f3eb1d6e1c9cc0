import { Download, ShieldCheck } from 'lucide-react';
import { type FormEvent, useCallback, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import {
  type AuditEntry,
  type AuditFilter,
  exportAudit,
  fetchAudit,
  type Verification,
  verifyAudit,
} from './admin-api.ts';
import { saveBlob } from './save-blob.ts';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

const EVERYTHING: AuditFilter = { action: '', actor: '', target: '' };

/** What was done by whom, newest first. */
export function AuditPage() {
  const [filter, setFilter] = useState(EVERYTHING);
  const ask = useCallback((accessToken: string) => fetchAudit(accessToken, filter), [filter]);
  const { value, failure, set } = useAnswer(ask);
  const { session } = useWorkspace();
  const [problem, setProblem] = useState('');

  const attempt = (work: () => Promise<unknown>) => {
    setProblem('');
    work().catch((thrown: unknown) => setProblem(describeProblem(thrown)));
  };

  async function more() {
    if (value?.before === undefined) return;
    const next = await fetchAudit(session.accessToken, filter, value.before);
    set({ entries: [...value.entries, ...next.entries], before: next.before });
  }

  return (
    <div className="flex flex-col gap-5">
      <FilterForm onFilter={setFilter} />
      <div className="flex flex-wrap items-center gap-2">
        <Button
          variant="secondary"
          small
          icon={<Download className="size-4" aria-hidden />}
          onClick={() =>
            attempt(async () => saveBlob(await exportAudit(session.accessToken, filter), 'audit.jsonl'))
          }
        >
          {t('admin.export')}
        </Button>
        <Verify />
      </div>
      {problem || failure ? <Notice kind="error">{problem || failure}</Notice> : null}
      {value ? <Entries entries={value.entries} /> : <Loading />}
      {value?.before === undefined ? null : (
        <Button variant="secondary" small className="self-start" onClick={() => attempt(more)}>
          {t('admin.older')}
        </Button>
      )}
    </div>
  );
}

function FilterForm({ onFilter }: { onFilter: (filter: AuditFilter) => void }) {
  const [typed, setTyped] = useState(EVERYTHING);
  function submit(event: FormEvent) {
    event.preventDefault();
    onFilter({ action: typed.action.trim(), actor: typed.actor.trim(), target: typed.target.trim() });
  }
  const field = (name: keyof AuditFilter, label: string, placeholder: string) => (
    <Field
      label={label}
      value={typed[name]}
      placeholder={placeholder}
      autoCapitalize="none"
      spellCheck={false}
      onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
    />
  );
  return (
    <form
      noValidate
      onSubmit={submit}
      className="flex flex-wrap items-end gap-3 max-pane:flex-col max-pane:items-stretch"
    >
      {field('action', t('admin.action'), 'setting')}
      {field('actor', t('admin.actor'), '@ada:example.org')}
      {field('target', t('admin.target'), 'federation.enabled')}
      <Button type="submit" variant="secondary">
        {t('admin.filter')}
      </Button>
    </form>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  if (entries.length === 0) return <p className="text-ink-soft">{t('admin.noEntries')}</p>;
  return (
    <ol className="flex flex-col" aria-label={t('admin.audit')}>
      {entries.map((entry) => (
        <li key={entry.sequence} className="flex flex-col gap-0.5 border-t border-line py-2.5">
          <div className="flex flex-wrap items-baseline gap-x-3">
            <code className="font-medium">{entry.action}</code>
            {entry.target ? <span className="[overflow-wrap:anywhere]">{entry.target}</span> : null}
            <span className="ms-auto text-sm text-ink-quiet tabular-nums">{formatMoment(entry.ts)}</span>
          </div>
          <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">
            {entry.address
              ? t('admin.byFrom', { actor: entry.actor, address: entry.address })
              : t('admin.by', { actor: entry.actor })}
          </p>
          <Difference before={entry.before} after={entry.after} />
        </li>
      ))}
    </ol>
  );
}

function Difference({ before, after }: { before: unknown; after: unknown }) {
  if (before === undefined && after === undefined) return null;
  return (
    <p className="font-mono text-xs text-ink-soft [overflow-wrap:anywhere]">
      {before === undefined ? '' : JSON.stringify(before)}
      {before === undefined || after === undefined ? '' : ' → '}
      {after === undefined ? '' : JSON.stringify(after)}
    </p>
  );
}

function Verify() {
  const { session } = useWorkspace();
  const [state, setState] = useState<Verification | 'busy' | 'failed'>();
  return (
    <>
      <Button
        variant="secondary"
        small
        busy={state === 'busy'}
        icon={<ShieldCheck className="size-4" aria-hidden />}
        onClick={() => {
          setState('busy');
          verifyAudit(session.accessToken).then(setState, () => setState('failed'));
        }}
      >
        {t('admin.verify')}
      </Button>
      <span role="status" className={`text-sm ${isSound(state) ? 'text-ok' : 'text-danger'}`}>
        {verificationInWords(state)}
      </span>
    </>
  );
}

const isSound = (state: Verification | 'busy' | 'failed' | undefined): boolean =>
  typeof state === 'object' && state.sound;

const verificationInWords = (state: Verification | 'busy' | 'failed' | undefined): string => {
  if (state === undefined || state === 'busy') return '';
  if (state === 'failed') return t('problem.unknown');
  return state.sound
    ? t('admin.sound', { count: state.entries })
    : t('admin.broken', { sequence: state.sequence, reason: state.reason });
};
