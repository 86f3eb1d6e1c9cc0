import { type ReactNode, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Notice } from './notice.tsx';

type ConfirmDialogProps = {
  title: string;
  text: ReactNode;
  confirm: string;
  danger?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
};

/** Asks before something that cannot be undone, by the name of what is affected. */
export function ConfirmDialog({
  title,
  text,
  confirm,
  danger,
  onConfirm,
  onClose,
  children,
}: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');

  async function act() {
    setBusy(true);
    setFailure('');
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      setFailure(describeProblem(problem));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={title}
      description={text}
      onClose={onClose}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button variant={danger ? 'danger' : 'primary'} busy={busy} onClick={() => void act()}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {failure ? <Notice kind="error">{failure}</Notice> : null}
    </Dialog>
  );
}
