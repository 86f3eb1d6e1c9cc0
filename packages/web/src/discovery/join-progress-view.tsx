import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { language, t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { cancelJoin, type JoinProgress } from './join-progress.ts';

/** What is being done for somebody who waits to be in a room, and the way to stop it. */
export function JoinProgressView({
  roomId,
  name,
  progress,
}: {
  roomId: string;
  name: string;
  progress: JoinProgress;
}) {
  const { session } = useWorkspace();
  const [cancelling, setCancelling] = useState(false);
  const { step, checkedMembers, totalMembers, refusals } = progress;
  const share =
    step === 'entering' ? 1 : step === 'checking' && totalMembers ? checkedMembers / totalMembers : undefined;

  return (
    <div className="flex flex-col gap-2">
      {refusals.map(({ serverName, reason }) => (
        <p key={serverName} className="text-sm text-ink-soft [overflow-wrap:anywhere]">
          {t('join.refused', { organisation: serverName, reason })}
        </p>
      ))}
      <p role="status" className="text-ink-soft tabular-nums">
        {sentence(progress)}
      </p>
      <div
        role="progressbar"
        aria-label={t('join.progress', { room: name })}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share === undefined ? {} : { 'aria-valuenow': Math.round(share * 100) })}
        className="h-1.5 overflow-hidden rounded-full bg-hover"
      >
        <div
          className="h-full rounded-full bg-accent"
          style={{ width: `${Math.min(1, share ?? 0) * 100}%` }}
        />
      </div>
      {step === 'entering' ? null : (
        <div>
          <Button
            variant="secondary"
            small
            busy={cancelling}
            onClick={() => {
              setCancelling(true);
              void cancelJoin(roomId, session.accessToken)
                // The join goes on then, and says so itself.
                .catch(() => undefined)
                .finally(() => setCancelling(false));
            }}
          >
            {t('join.cancel')}
          </Button>
        </div>
      )}
    </div>
  );
}

function sentence({ step, serverName, checkedMembers, totalMembers }: JoinProgress): string {
  const number = (value: number) => value.toLocaleString(language());
  if (step === 'asking') return t('join.asking', { organisation: serverName });
  if (step === 'entering') return t('join.entering');
  const checked = number(checkedMembers);
  return totalMembers === undefined || totalMembers < checkedMembers
    ? t('join.checked', { checked })
    : t('join.checking', { checked, total: number(totalMembers) });
}
