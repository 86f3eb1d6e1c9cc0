import { useCallback, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { endSessions, fetchSessions } from './people-api.ts';
import { Part } from './person-page.tsx';
import { useAnswer } from './use-answer.ts';

/** Where somebody is signed in, with a way to end each and all. */
export function PersonSessions({ userId, onEnded }: { userId: string; onEnded: () => void }) {
  const { session } = useWorkspace();
  const ask = useCallback((token: string) => fetchSessions(token, userId), [userId]);
  const { value: sessions, failure, set, again } = useAnswer(ask);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');

  async function end(deviceId?: string) {
    setBusy(true);
    setProblem('');
    try {
      set(await endSessions(session.accessToken, userId, deviceId));
      onEnded();
    } catch (thrown) {
      setProblem(describeProblem(thrown));
      again();
    } finally {
      setBusy(false);
    }
  }

  const wrong = problem || failure;
  return (
    <Part title={t('accounts.sessions')}>
      {wrong ? <Notice kind="error">{wrong}</Notice> : null}
      {sessions?.length === 0 ? <p className="text-sm text-ink-soft">{t('accounts.noSessions')}</p> : null}
      <ul aria-label={t('accounts.sessions')} className="flex flex-col gap-2">
        {sessions?.map((one) => {
          const name = one.name ?? one.deviceId;
          return (
            <li key={one.deviceId} className="flex flex-wrap items-center gap-x-4 gap-y-1">
              <span className="min-w-[200px] flex-1">
                <span dir="auto" className="block [overflow-wrap:anywhere]">
                  {name}
                </span>
                <span className="block text-sm text-ink-quiet tabular-nums">
                  {one.lastSeenTs === undefined
                    ? one.deviceId
                    : t('accounts.seenFrom', {
                        when: formatSince(one.lastSeenTs),
                        address: one.address ?? t('accounts.unknownAddress'),
                      })}
                </span>
              </span>
              <Button
                variant="secondary"
                small
                disabled={busy}
                aria-label={t('accounts.signOutOf', { name })}
                onClick={() => void end(one.deviceId)}
              >
                {t('accounts.signOut')}
              </Button>
            </li>
          );
        })}
      </ul>
      {sessions && sessions.length > 0 ? (
        <Button variant="secondary" small className="self-start" disabled={busy} onClick={() => void end()}>
          {t('accounts.signOutEverywhere')}
        </Button>
      ) : null}
    </Part>
  );
}
