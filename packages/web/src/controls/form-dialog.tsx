import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Notice } from './notice.tsx';

type FormDialogProps = {
  title: string;
  description?: ReactNode;
  confirm: string;
  /** Says what is wrong with the answers, and whether nothing is. */
  check: () => boolean;
  /** Closes the dialog when it is done. */
  onSubmit: () => Promise<unknown>;
  /** What went wrong, as a sentence. */
  failed: (reason: string) => string;
  onClose: () => void;
  children: ReactNode;
};

/** Asks for a few things and does something with them; what was typed stays when that fails. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, confirm, check, onSubmit, failed, onClose, children } = props;
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || !check()) return;
    setBusy(true);
    setFailure('');
    try {
      await onSubmit();
    } catch (problem) {
      setFailure(describeProblem(problem));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={title}
      {...(description === undefined ? {} : { description })}
      onClose={onClose}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" form={id} busy={busy}>
            {confirm}
          </Button>
        </>
      }
    >
      <form id={id} className="flex flex-col gap-4" onSubmit={(event) => void submit(event)} noValidate>
        {children}
        {failure ? <Notice kind="error">{failed(failure)}</Notice> : null}
      </form>
    </Dialog>
  );
}
