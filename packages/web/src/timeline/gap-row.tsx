import { CloudOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import type { HistoryGap } from './history-gaps.ts';

type GapRowProps = { gap: HistoryGap; onRetry: (gap: HistoryGap) => Promise<void> };

/** In the place of messages that could not be fetched. */
export function GapRow({ gap, onRetry }: GapRowProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');

  async function retry() {
    setBusy(true);
    setFailure('');
    try {
      await onRetry(gap);
    } catch (problem) {
      setFailure(describeProblem(problem));
    }
    setBusy(false);
  }

  return (
    <section
      aria-label={t('gap.label')}
      className="mx-4 my-2 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-dashed border-edge px-3 py-2.5 text-sm text-ink-soft pane:mx-6"
    >
      <CloudOff className="size-4 shrink-0 text-warn" aria-hidden />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {t('gap.text', { server: gap.serverName })}
        {failure ? (
          <span role="alert" className="block text-danger">
            {t('gap.failed', { reason: failure })}
          </span>
        ) : null}
      </span>
      <Button variant="secondary" small busy={busy} onClick={retry}>
        {t('app.retry')}
      </Button>
    </section>
  );
}
