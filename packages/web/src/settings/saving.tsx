import { type ReactNode, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';

export type Saving = {
  readonly busy: boolean;
  readonly done: boolean;
  readonly failure: string;
  readonly save: (act: () => Promise<unknown>) => Promise<void>;
};

/** Runs one change of a setting at a time, and remembers how it went. */
export function useSaving(): Saving {
  const [state, setState] = useState({ busy: false, done: false, failure: '' });
  return {
    ...state,
    async save(act) {
      setState({ busy: true, done: false, failure: '' });
      try {
        await act();
        setState({ busy: false, done: true, failure: '' });
      } catch (problem) {
        setState({ busy: false, done: false, failure: describeProblem(problem) });
      }
    },
  };
}

type SettingGroupProps = {
  title?: string;
  text?: ReactNode;
  /** Why it cannot be changed. */
  refusal?: string | undefined;
  saving?: Saving;
  /** With it the group is a form with a button to save. */
  onSave?: () => void;
  saveLabel?: string;
  unchanged?: boolean;
  children: ReactNode;
};

/** Settings that belong together, with what went wrong with them below. */
export function SettingGroup(props: SettingGroupProps) {
  const { saving, onSave, refusal } = props;
  const content = (
    <>
      {props.title ? <h3 className="font-semibold">{props.title}</h3> : null}
      {props.text ? <p className="-mt-2 text-ink-soft">{props.text}</p> : null}
      {refusal ? <Notice kind="info">{refusal}</Notice> : null}
      {props.children}
      {saving?.failure ? (
        <Notice kind="error">{t('settings.failed', { reason: saving.failure })}</Notice>
      ) : null}
      {onSave && !refusal ? (
        <div className="flex items-center gap-3">
          <Button type="submit" small busy={saving?.busy ?? false} disabled={props.unchanged}>
            {props.saveLabel ?? t('action.save')}
          </Button>
          <span role="status" className="text-sm text-ok">
            {saving?.done ? t('settings.saved') : ''}
          </span>
        </div>
      ) : null}
    </>
  );
  if (!onSave) return <section className="flex flex-col gap-3">{content}</section>;
  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!saving?.busy) onSave();
      }}
    >
      {content}
    </form>
  );
}
