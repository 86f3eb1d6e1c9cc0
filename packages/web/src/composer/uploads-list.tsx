import { FileText, X } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../controls/icon-button.tsx';
import { useObservable } from '../frame/observable.ts';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { type Upload, uploads } from './attachments.ts';
import { type StagedFile, stagedFiles, unstage } from './staged-files.ts';

/** Files on their way from here, with their progress. */
export function UploadsList({ place }: { place: string }) {
  const shown = useObservable(uploads).filter((upload) => upload.place === place);
  if (shown.length === 0) return null;
  return (
    <ul aria-label={t('attach.onTheirWay')} className="flex flex-col gap-1 px-4 pb-2 pane:px-6">
      {shown.map((upload) => (
        <li
          key={upload.id}
          className="flex items-center gap-3 rounded-lg border border-line bg-raised px-3 py-2"
        >
          <FileText className="size-4 shrink-0 text-ink-soft" aria-hidden />
          <div className="min-w-0 flex-1">
            <div className="flex items-baseline gap-2">
              <span className="truncate font-medium">{upload.file.name || t('attach.pasted')}</span>
              <span className="shrink-0 text-xs text-ink-quiet">{formatSize(upload.file.size)}</span>
            </div>
            <UploadState upload={upload} />
          </div>
          <IconButton label={t('attach.cancel', { name: upload.file.name })} onClick={upload.cancel}>
            <X className="size-4" />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}

function UploadState({ upload }: { upload: Upload }) {
  if (upload.failure) {
    return (
      <p role="alert" className="text-sm text-danger">
        {upload.failure}{' '}
        <button
          type="button"
          className="rounded font-medium text-accent hover:underline"
          onClick={upload.retry}
        >
          {t('app.retry')}
        </button>
      </p>
    );
  }
  return (
    <div
      role="progressbar"
      aria-label={t('attach.progress', { name: upload.file.name })}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(upload.progress * 100)}
      className="mt-1 h-1 overflow-hidden rounded-full bg-hover"
    >
      <div className="h-full rounded-full bg-accent" style={{ width: `${upload.progress * 100}%` }} />
    </div>
  );
}

/** Files that go out with the message that is being written. */
export function StagedFiles({ place }: { place: string }) {
  const shown = useObservable(stagedFiles).filter((staged) => staged.place === place);
  if (shown.length === 0) return null;
  return (
    <ul aria-label={t('attach.staged')} className="flex flex-wrap gap-2 border-b border-line p-2">
      {shown.map((staged) => (
        <Staged key={staged.id} staged={staged} />
      ))}
    </ul>
  );
}

function Staged({ staged }: { staged: StagedFile }) {
  const name = staged.file.name || t('attach.pasted');
  const [drawn, setDrawn] = useState(true);
  return (
    <li
      className={`flex max-w-full min-w-0 items-center gap-2.5 rounded-lg border p-1.5 ${staged.refusal ? 'border-danger' : 'border-line'}`}
    >
      {staged.preview && drawn ? (
        <img
          src={staged.preview}
          alt=""
          className="size-10 rounded-md object-cover"
          onError={() => setDrawn(false)}
        />
      ) : (
        <span className="flex size-10 shrink-0 items-center justify-center rounded-md bg-sunken">
          <FileText className="size-5 text-ink-soft" aria-hidden />
        </span>
      )}
      <span className="min-w-0">
        <span className="block max-w-[220px] truncate text-sm font-medium">{name}</span>
        {staged.refusal ? (
          <span role="alert" className="block text-xs text-danger">
            {staged.refusal}
          </span>
        ) : (
          <span className="block text-xs text-ink-quiet">{formatSize(staged.file.size)}</span>
        )}
      </span>
      <IconButton
        label={t('attach.cancel', { name })}
        className="size-7"
        onClick={() => unstage([staged.id])}
      >
        <X className="size-4" />
      </IconButton>
    </li>
  );
}
