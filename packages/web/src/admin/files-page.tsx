import { type FormEvent, useCallback, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { CheckRow } from '../controls/check-row.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { FileRow } from './file-row.tsx';
import { FileTotalsView } from './file-totals.tsx';
import { type AdminFile, fetchFiles, type FilesFilter } from './media-api.ts';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

const EVERYTHING: FilesFilter = { uploader: '', origin: '', room: '', quarantined: false };

/** What is kept of files: how much, of whom, and each of them; those of one person first, where one is named. */
export function FilesPage({ uploader }: { uploader: string }) {
  const { session } = useWorkspace();
  const [filter, setFilter] = useState({ ...EVERYTHING, uploader });
  const ask = useCallback((accessToken: string) => fetchFiles(accessToken, filter), [filter]);
  const { value, failure, set, again } = useAnswer(ask);
  const [problem, setProblem] = useState('');

  async function more() {
    if (value?.before === undefined) return;
    setProblem('');
    try {
      const next = await fetchFiles(session.accessToken, filter, value.before);
      set({ files: [...value.files, ...next.files], before: next.before });
    } catch (thrown) {
      setProblem(describeProblem(thrown));
    }
  }

  const changed = (file: AdminFile, now: AdminFile | undefined) =>
    value &&
    set({
      ...value,
      files: value.files.flatMap((one) => (one !== file ? [one] : now === undefined ? [] : [now])),
    });

  return (
    <div className="flex flex-col gap-6">
      <FileTotalsView onPurged={again} />
      <FilterForm initial={filter} onFilter={setFilter} />
      {problem || failure ? <Notice kind="error">{problem || failure}</Notice> : null}
      {value === undefined ? failure ? null : <Loading /> : <Files files={value.files} onChange={changed} />}
      {value?.before === undefined ? null : (
        <Button variant="secondary" small className="self-start" onClick={() => void more()}>
          {t('adminFiles.older')}
        </Button>
      )}
    </div>
  );
}

type FilterFormProps = { readonly initial: FilesFilter; readonly onFilter: (filter: FilesFilter) => void };

function FilterForm({ initial, onFilter }: FilterFormProps) {
  const [typed, setTyped] = useState(initial);
  function submit(event: FormEvent) {
    event.preventDefault();
    const { uploader, origin, room, quarantined } = typed;
    onFilter({ uploader: uploader.trim(), origin: origin.trim(), room: room.trim(), quarantined });
  }
  const field = (name: 'uploader' | 'origin' | 'room', label: string, placeholder: string) => (
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
    <form noValidate onSubmit={submit} className="flex flex-wrap items-end gap-3">
      {field('uploader', t('adminFiles.person'), '@ada:example.org')}
      {field('origin', t('adminFiles.server'), 'example.org')}
      {field('room', t('adminFiles.room'), '!abc:example.org')}
      <CheckRow
        label={t('adminFiles.onlyWithdrawn')}
        checked={typed.quarantined}
        onChange={(quarantined) => setTyped({ ...typed, quarantined })}
      />
      <Button type="submit" variant="secondary">
        {t('admin.filter')}
      </Button>
    </form>
  );
}

type FilesProps = {
  readonly files: readonly AdminFile[];
  readonly onChange: (file: AdminFile, now: AdminFile | undefined) => void;
};

function Files({ files, onChange }: FilesProps) {
  if (files.length === 0) return <p className="text-ink-soft">{t('adminFiles.none')}</p>;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <section aria-label={t('adminFiles.title')} className="flex flex-col gap-2">
      <p className="text-sm text-ink-quiet">
        {t('adminFiles.shown', { count: files.length, size: formatSize(bytes) })}
      </p>
      <ul className="flex flex-col">
        {files.map((file) => (
          <FileRow key={`${file.origin}/${file.mediaId}`} file={file} onChange={onChange} />
        ))}
      </ul>
    </section>
  );
}
