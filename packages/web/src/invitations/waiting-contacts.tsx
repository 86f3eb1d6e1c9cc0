import { Hourglass } from 'lucide-react';
import { useState } from 'react';
import { ownWishInWords } from '../admin/contact-words.ts';
import { type ContactRequest, fetchOwnRequests, removeOwnRequest } from '../admin/organisations-api.ts';
import { useAnswer } from '../admin/use-answer.ts';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

/** What one wanted of other organisations that an admin has to approve first, and what became of it. */
export function WaitingContacts() {
  const { value, failure, again } = useAnswer(fetchOwnRequests);
  if (failure) return <Notice kind="error">{failure}</Notice>;
  if (!value || value.length === 0) return null;
  return (
    <section aria-label={t('contact.ownTitle')} className="max-w-[640px] pb-6">
      <h2 className="pb-2 text-sm font-medium text-ink-soft">{t('contact.ownTitle')}</h2>
      <ul className="flex flex-col gap-3">
        {value.map((wish) => (
          <WaitingContact key={wish.id} wish={wish} onChanged={again} />
        ))}
      </ul>
    </section>
  );
}

function WaitingContact({ wish, onChanged }: { wish: ContactRequest; onChanged: () => void }) {
  const { session } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const waits = wish.state === 'waiting';

  async function remove() {
    setBusy(true);
    try {
      await removeOwnRequest(session.accessToken, wish.id);
      onChanged();
    } catch (problem) {
      setFailure(describeProblem(problem));
    } finally {
      setBusy(false);
    }
  }

  return (
    <li className="flex flex-col gap-2 rounded-xl border border-line bg-raised p-4">
      <div className="flex flex-wrap items-start gap-3">
        <Hourglass className="mt-0.5 size-4 shrink-0 text-ink-quiet" aria-hidden />
        <div className="min-w-0 flex-1">
          <p className="font-medium [overflow-wrap:anywhere]">{ownWishInWords(wish)}</p>
          <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">
            {waits
              ? t('contact.ownWaits', { organisation: wish.serverName, when: formatSince(wish.requestedTs) })
              : outcomeInWords(wish)}
          </p>
        </div>
        <Button small variant="secondary" busy={busy} onClick={() => void remove()}>
          {waits && wish.kind !== 'invited' ? t('contact.withdraw') : t('contact.dismiss')}
        </Button>
      </div>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
    </li>
  );
}

function outcomeInWords({ state, serverName: organisation, outcome }: ContactRequest): string {
  if (state === 'refused') return t('contact.ownRefused', { organisation, reason: outcome });
  if (state === 'failed') return t('contact.ownFailed', { organisation, reason: outcome });
  return t('contact.ownDone', { organisation, outcome });
}
