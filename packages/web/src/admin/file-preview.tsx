import { useEffect, useState } from 'react';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { type AdminFile, fetchPreview } from './media-api.ts';
import { Loading } from './settings-page.tsx';

/** What a picture shows, for who has to decide about it; gone from memory with the component. */
export function FilePreview({ file, name }: { file: AdminFile; name: string }) {
  const { session } = useWorkspace();
  const [address, setAddress] = useState<string>();
  const [failure, setFailure] = useState('');
  const { accessToken } = session;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the row is made anew for another file, and looking is written down.
  useEffect(() => {
    let current = true;
    let made: string | undefined;
    fetchPreview(accessToken, file).then(
      (blob) => {
        if (!current) return;
        made = URL.createObjectURL(blob);
        setAddress(made);
      },
      (problem: unknown) => current && setFailure(describeProblem(problem)),
    );
    return () => {
      current = false;
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [accessToken]);

  if (failure) return <Notice kind="error">{failure}</Notice>;
  return (
    <figure className="flex flex-col gap-1.5">
      {address === undefined ? (
        <Loading />
      ) : (
        <img
          src={address}
          alt={t('adminFiles.previewOf', { name })}
          className="max-h-80 max-w-full self-start rounded-lg border border-line bg-sunken object-contain"
        />
      )}
      <figcaption className="text-sm text-ink-quiet">{t('adminFiles.lookText')}</figcaption>
    </figure>
  );
}
