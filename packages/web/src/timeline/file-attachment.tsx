import { Download, FileText } from 'lucide-react';
import { useState } from 'react';
import { say } from '../frame/say.ts';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { saveFile } from './save-file.ts';

type FileAttachmentProps = { name: string; mxc: string | undefined; size: unknown };

/** A file to save. */
export function FileAttachment({ name, mxc, size }: FileAttachmentProps) {
  const { client } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const [before, ending] = splitName(name);

  async function save() {
    if (!mxc) return;
    setBusy(true);
    await saveFile(client, mxc, name).catch(() => say(t('file.failed', { name })));
    setBusy(false);
  }

  return (
    <button
      type="button"
      onClick={save}
      disabled={busy || !mxc}
      title={name}
      className="mt-1 flex w-[360px] max-w-full items-center gap-3 rounded-lg border border-line bg-surface px-3 py-2.5 text-start text-base hover:bg-hover"
    >
      <FileText className="size-5 shrink-0 text-ink-soft" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="sr-only">{t('file.saveNamed', { name })}</span>
        <span className="flex font-medium" aria-hidden>
          <span className="truncate">{before}</span>
          <span className="shrink-0">{ending}</span>
        </span>
        <span className="block text-sm text-ink-quiet">
          {busy ? t('file.loading') : typeof size === 'number' ? formatSize(size) : t('file.save')}
        </span>
      </span>
      <Download className="size-4 shrink-0 text-ink-soft" aria-hidden />
    </button>
  );
}

/** A long name is cut before its ending, which says what kind of file it is. */
function splitName(name: string): readonly [string, string] {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= 8 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}
