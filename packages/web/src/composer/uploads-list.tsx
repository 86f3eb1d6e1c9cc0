import { Image, X } from 'lucide-react';
import { IconButton } from '../controls/icon-button.tsx';
import { useObservable } from '../frame/observable.ts';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { retryUpload, uploads } from './attachments.ts';

/** Files of this room on their way, with their progress. */
export function UploadsList({ roomId }: { roomId: string }) {
  const { client } = useWorkspace();
  const shown = useObservable(uploads).filter((upload) => upload.roomId === roomId);
  if (shown.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 px-4 pb-2 pane:px-6">
      {shown.map((upload) => (
        <li
          key={upload.id}
          className="flex items-center gap-3 rounded-lg border border-line bg-raised px-3 py-2"
        >
          <Image className="size-4 shrink-0 text-ink-soft" aria-hidden />
          <div className="min-w-0 flex-1">
            <div className="flex items-baseline gap-2">
              <span className="truncate font-medium">{upload.file.name || t('attach.pasted')}</span>
              <span className="shrink-0 text-xs text-ink-quiet">{formatSize(upload.file.size)}</span>
            </div>
            {upload.failure ? (
              <p role="alert" className="text-sm text-danger">
                {upload.failure}{' '}
                <button
                  type="button"
                  className="rounded font-medium text-accent hover:underline"
                  onClick={() => retryUpload(client, upload)}
                >
                  {t('app.retry')}
                </button>
              </p>
            ) : (
              <div
                role="progressbar"
                aria-label={t('attach.progress', { name: upload.file.name })}
                aria-valuemin={0}
                aria-valuemax={100}
                aria-valuenow={Math.round(upload.progress * 100)}
                className="mt-1 h-1 overflow-hidden rounded-full bg-hover"
              >
                <div
                  className="h-full rounded-full bg-accent"
                  style={{ width: `${upload.progress * 100}%` }}
                />
              </div>
            )}
          </div>
          <IconButton label={t('attach.cancel', { name: upload.file.name })} onClick={upload.cancel}>
            <X className="size-4" />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
