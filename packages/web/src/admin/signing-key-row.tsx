import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { ConfirmDialog } from '../controls/confirm-dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { fetchSigningKeys, makeSigningKey, type SigningKey } from './signing-key-api.ts';
import { useAnswer } from './use-answer.ts';

/** The key that this server signs with, and making a new one. */
export function SigningKeyRow() {
  const { session } = useWorkspace();
  const { value: keys, failure, set, again } = useAnswer(fetchSigningKeys);
  const [asking, setAsking] = useState(false);
  const [current, ...earlier] = keys ?? [];

  async function rotate(inUse: string) {
    try {
      set(await makeSigningKey(session.accessToken, inUse));
    } catch (problem) {
      // Somebody else was faster: what they made is to be shown.
      if (errorCode(problem) === 'M_CONFLICT') again();
      throw problem;
    }
  }

  return (
    <div className="flex flex-col gap-2 border-t border-line py-4" data-setting="signing-key">
      <div className="flex flex-wrap items-start gap-x-6 gap-y-2">
        <div className="min-w-[240px] flex-1">
          <p className="font-medium">{t('admin.signingKey')}</p>
          <p className="max-w-[70ch] text-sm text-ink-soft">{t('admin.signingKeyText')}</p>
          <p className="text-sm text-ink-quiet">{inWords(current, earlier.length)}</p>
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <code className="text-ink [overflow-wrap:anywhere]">{current?.keyId ?? ''}</code>
          <Button variant="secondary" small disabled={!current} onClick={() => setAsking(true)}>
            {t('admin.newSigningKey')}
          </Button>
        </div>
      </div>
      {earlier.length > 0 ? <Earlier keys={earlier} /> : null}
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {asking && current ? (
        <ConfirmDialog
          title={t('admin.newSigningKeyTitle', { key: current.keyId })}
          text={t('admin.newSigningKeyText')}
          confirm={t('admin.newSigningKey')}
          onConfirm={() => rotate(current.keyId)}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </div>
  );
}

const inWords = (current: SigningKey | undefined, earlier: number): string => {
  if (!current) return t('admin.loading');
  const since = t('admin.keySince', { when: formatMoment(current.since) });
  return earlier === 0 ? since : `${since} ${t('admin.earlierKeys', { count: earlier })}`;
};

function Earlier({ keys }: { keys: readonly SigningKey[] }) {
  return (
    <details className="text-sm text-ink-soft">
      <summary className="w-fit cursor-pointer underline hover:text-ink focus-visible:outline-2 focus-visible:outline-accent">
        {t('admin.showEarlierKeys')}
      </summary>
      <ul aria-label={t('admin.showEarlierKeys')} className="mt-2 flex flex-col gap-1">
        {keys.map(({ keyId, expired }) => (
          <li key={keyId} className="flex flex-wrap gap-x-3">
            <code className="text-ink [overflow-wrap:anywhere]">{keyId}</code>
            <span>{t('admin.keyGivenUp', { when: formatMoment(expired ?? 0) })}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
