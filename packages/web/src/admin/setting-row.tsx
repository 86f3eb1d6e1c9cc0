import { type FormEvent, useId, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { INPUT_STYLE } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem, errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { type AdminSetting, type Change, changeSetting, type Settings } from './admin-api.ts';
import { RulesEditor } from './rules-editor.tsx';

type RowProps = {
  readonly setting: AdminSetting;
  readonly onChanged: (settings: Settings) => void;
  /** Somebody else changed it: what they chose is to be shown. */
  readonly onConflict: () => void;
};

/** One setting on one line: what it is, what it does, its control, and its state. */
export function SettingRow({ setting, onChanged, onConflict }: RowProps) {
  const { session } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const id = useId();

  async function choose(value: unknown) {
    setBusy(true);
    setFailure('');
    try {
      onChanged(await changeSetting(session.accessToken, setting, value));
    } catch (problem) {
      setFailure(describeProblem(problem));
      if (errorCode(problem) === 'M_CONFLICT') onConflict();
    } finally {
      setBusy(false);
    }
  }

  const wide = setting.control.kind === 'rules' || setting.control.kind === 'list';
  return (
    <div className="flex flex-col gap-2 border-t border-line py-4" data-setting={setting.key}>
      <div className={`flex flex-wrap items-start gap-x-6 gap-y-2 ${wide ? 'flex-col' : ''}`}>
        <div className="min-w-[240px] flex-1">
          <label htmlFor={id} className="block font-medium">
            {setting.label}
          </label>
          <p id={`${id}-text`} className="max-w-[70ch] text-sm text-ink-soft">
            {setting.sentence}
          </p>
          <State setting={setting} busy={busy} onReset={() => void choose(null)} />
        </div>
        <Control id={id} setting={setting} busy={busy} choose={(value) => void choose(value)} />
      </div>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
    </div>
  );
}

function State({ setting, busy, onReset }: { setting: AdminSetting; busy: boolean; onReset: () => void }) {
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-sm text-ink-quiet">
      <span>{setting.isDefault ? t('admin.isDefault') : changedInWords(setting.changed)}</span>
      {setting.isDefault ? null : (
        <button
          type="button"
          disabled={busy}
          onClick={onReset}
          aria-label={t('admin.resetOf', { setting: setting.label })}
          className="underline hover:text-ink focus-visible:outline-2 focus-visible:outline-accent"
        >
          {t('admin.reset')}
        </button>
      )}
    </p>
  );
}

export const changedInWords = (change: Change | undefined): string =>
  change ? t('admin.changed', { who: change.by, when: formatMoment(change.ts) }) : '';

type ControlProps = {
  readonly id: string;
  readonly setting: AdminSetting;
  readonly busy: boolean;
  readonly choose: (value: unknown) => void;
};

function Control({ id, setting, busy, choose }: ControlProps) {
  const { control, value } = setting;
  const describedBy = `${id}-text`;
  switch (control.kind) {
    case 'switch':
      return (
        <input
          id={id}
          type="checkbox"
          role="switch"
          checked={value === true}
          aria-checked={value === true}
          disabled={busy}
          aria-describedby={describedBy}
          onChange={(event) => choose(event.target.checked)}
          className="mt-1 size-5 accent-accent"
        />
      );
    case 'choice':
      return (
        <select
          id={id}
          value={String(value)}
          disabled={busy}
          aria-describedby={describedBy}
          onChange={(event) => choose(event.target.value)}
          className={`h-9 max-w-[260px] ${INPUT_STYLE}`}
        >
          {control.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      );
    case 'rules':
      // A new version begins anew: what somebody else chose stands in the control.
      return <RulesEditor key={setting.version} id={id} value={value} busy={busy} choose={choose} />;
    default:
      return <TypedControl key={setting.version} id={id} setting={setting} busy={busy} choose={choose} />;
  }
}

/** What is typed is saved when the admin says so. */
function TypedControl({ id, setting, busy, choose }: ControlProps) {
  const { control, value, label } = setting;
  const initial = Array.isArray(value) ? value.join('\n') : String(value);
  const [typed, setTyped] = useState(initial);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (control.kind === 'number') choose(Number(typed));
    else if (control.kind === 'list') choose(linesOf(typed));
    else choose(typed);
  }

  const common = { id, disabled: busy, 'aria-describedby': `${id}-text`, value: typed };
  return (
    <form onSubmit={submit} noValidate className="flex flex-wrap items-center gap-2">
      {control.kind === 'list' ? (
        <textarea
          {...common}
          rows={2}
          placeholder={control.example}
          onChange={(event) => setTyped(event.target.value)}
          className={`max-w-[320px] py-2 ${INPUT_STYLE}`}
        />
      ) : (
        <input
          {...common}
          type="text"
          inputMode={control.kind === 'number' ? 'numeric' : 'text'}
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          className={`h-9 ${INPUT_STYLE} ${control.kind === 'number' ? 'max-w-24 tabular-nums' : 'max-w-56'}`}
        />
      )}
      {control.kind === 'number' ? <span className="text-ink-soft">{control.unit}</span> : null}
      <Button
        type="submit"
        variant="secondary"
        small
        busy={busy}
        disabled={typed === initial}
        aria-label={t('admin.saveOf', { setting: label })}
      >
        {t('action.save')}
      </Button>
    </form>
  );
}

const linesOf = (typed: string): readonly string[] =>
  typed
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
