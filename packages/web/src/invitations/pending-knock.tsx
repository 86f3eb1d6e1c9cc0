import { Hash } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import type { RoomSummary } from '../rooms/room-summaries.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

/** A room that one has asked to join; its moderators have not answered yet. */
export function PendingKnock({ knock }: { knock: RoomSummary }) {
  const { client } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');

  async function withdraw() {
    setBusy(true);
    setFailure('');
    try {
      await client.leave(knock.id);
    } catch (problem) {
      setFailure(describeProblem(problem));
      setBusy(false);
    }
  }

  return (
    <li className="flex flex-col gap-3 rounded-xl border border-line bg-raised p-4">
      <div className="flex items-center gap-3">
        <Hash className="size-4 shrink-0 text-ink-quiet" aria-hidden />
        <div className="min-w-0 flex-1">
          <p dir="auto" className="truncate font-medium">
            {knock.name}
          </p>
          <p className="text-sm text-ink-soft">{t('knock.pending')}</p>
        </div>
        <Button variant="secondary" small busy={busy} onClick={() => void withdraw()}>
          {t('knock.withdraw')}
        </Button>
      </div>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
    </li>
  );
}
