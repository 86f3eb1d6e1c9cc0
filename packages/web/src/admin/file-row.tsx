import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatMoment, formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { isSafeImageType } from '../media/authenticated-media.ts';
import { FilePreview } from './file-preview.tsx';
import { type AdminFile, deleteFile, withdrawFile } from './media-api.ts';

type FileRowProps = {
  readonly file: AdminFile;
  /** `now`: undefined when it is gone. */
  readonly onChange: (file: AdminFile, now: AdminFile | undefined) => void;
};

/** One file: what it is, whose, and what can be done about it. */
export function FileRow({ file, onChange }: FileRowProps) {
  const { session } = useWorkspace();
  const [deleting, setDeleting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const [looking, setLooking] = useState(false);
  const name = file.name ?? t('adminFiles.nameless');
  const mayLook = !file.withdrawn && isSafeImageType(file.contentType);

  async function withdraw(withdrawn: boolean) {
    setBusy(true);
    setFailure('');
    try {
      await withdrawFile(session.accessToken, file, withdrawn);
      onChange(file, { ...file, withdrawn });
    } catch (problem) {
      setFailure(describeProblem(problem));
    } finally {
      setBusy(false);
    }
  }

  return (
    <li className="flex flex-col gap-1.5 border-t border-line py-2.5" data-file={name}>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="flex min-w-[220px] flex-1 flex-col gap-0.5">
          <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
          <span className="text-sm text-ink-soft [overflow-wrap:anywhere]">
            {[
              formatSize(file.size),
              file.contentType,
              file.uploader ?? t('adminFiles.copyOf', { server: file.origin }),
              formatMoment(file.createdTs),
            ].join(' · ')}
          </span>
          {file.withdrawn ? (
            <span className="text-sm font-medium text-danger">{t('adminFiles.withdrawn')}</span>
          ) : null}
        </div>
        <div className="flex gap-2">
          {mayLook ? (
            <Button
              variant="secondary"
              small
              aria-expanded={looking}
              aria-label={t(looking ? 'adminFiles.hideOf' : 'adminFiles.lookAt', { name })}
              onClick={() => setLooking(!looking)}
            >
              {t(looking ? 'adminFiles.hide' : 'adminFiles.look')}
            </Button>
          ) : null}
          <Button
            variant="secondary"
            small
            busy={busy}
            aria-label={t(file.withdrawn ? 'adminFiles.releaseOf' : 'adminFiles.withdrawOf', { name })}
            onClick={() => void withdraw(!file.withdrawn)}
          >
            {t(file.withdrawn ? 'adminFiles.release' : 'adminFiles.withdraw')}
          </Button>
          <Button
            variant="secondary"
            small
            aria-label={t('adminFiles.deleteOf', { name })}
            onClick={() => setDeleting(true)}
          >
            {t('adminFiles.delete')}
          </Button>
        </div>
      </div>
      {mayLook && looking ? <FilePreview file={file} name={name} /> : null}
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {deleting ? (
        <ConfirmDialog
          title={t('adminFiles.deleteTitle', { name })}
          text={t(file.uploader === undefined ? 'adminFiles.deleteCopyText' : 'adminFiles.deleteText')}
          confirm={t('adminFiles.delete')}
          danger
          onConfirm={async () => {
            await deleteFile(session.accessToken, file);
            onChange(file, undefined);
          }}
          onClose={() => setDeleting(false)}
        />
      ) : null}
    </li>
  );
}
