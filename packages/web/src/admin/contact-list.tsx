import { Check, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { TextAreaField } from '../controls/text-area-field.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { OrganisationMark } from '../people/organisation-badge.tsx';
import { describeProblem, errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { wishInWords } from './contact-words.ts';
import { type Contacts, decideContact, type WaitingContact, waitingContacts } from './organisations-api.ts';
import type { Answered } from './use-answer.ts';

/** Organisations whose first contact waits for an admin; nothing when none does. */
export function ContactList({ answer }: { answer: Answered<Contacts> }) {
  const { session } = useWorkspace();
  const { value, failure, set, again } = answer;
  const [problem, setProblem] = useState('');
  const [refusing, setRefusing] = useState<WaitingContact>();
  const waiting = waitingContacts(value);

  async function decide(work: () => Promise<Contacts>) {
    setProblem('');
    try {
      set(await work());
    } catch (thrown) {
      setProblem(describeProblem(thrown));
      if (errorCode(thrown) === 'M_CONFLICT') again();
    }
  }

  if (problem === '' && failure === '' && waiting.length === 0) return null;
  return (
    <section aria-label={t('contact.title')} className="flex flex-col gap-3">
      <h2 className="font-semibold">{t('contact.title')}</h2>
      <p className="max-w-[70ch] text-ink-soft">{t('contact.text')}</p>
      {problem || failure ? <Notice kind="error">{problem || failure}</Notice> : null}
      <ul className="flex flex-col gap-3">
        {waiting.map((contact) => (
          <li
            key={contact.serverName}
            className="flex flex-col gap-3 rounded-xl border border-line bg-raised p-4"
          >
            <div className="flex flex-wrap items-center gap-3">
              <span className="inline-flex min-w-0 flex-1 items-center gap-2 font-semibold [overflow-wrap:anywhere]">
                <OrganisationMark name={contact.serverName} />
                {contact.serverName}
              </span>
              <Button
                small
                icon={<Check className="size-4" aria-hidden />}
                aria-label={t('contact.approveOf', { organisation: contact.serverName })}
                onClick={() => void decide(() => decideContact(session.accessToken, contact, 'approved'))}
              >
                {t('contact.approve')}
              </Button>
              <Button
                small
                variant="secondary"
                icon={<X className="size-4" aria-hidden />}
                aria-label={t('contact.refuseOf', { organisation: contact.serverName })}
                onClick={() => setRefusing(contact)}
              >
                {t('contact.refuse')}
              </Button>
            </div>
            <ul className="flex flex-col gap-1 text-sm text-ink-soft">
              {contact.requests.map((wish) => (
                <li key={wish.id} className="flex flex-wrap gap-x-3 [overflow-wrap:anywhere]">
                  <span>{wishInWords(wish)}</span>
                  <span className="text-ink-quiet tabular-nums">{formatMoment(wish.requestedTs)}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {refusing ? (
        <RefuseDialog contact={refusing} onDone={set} onClose={() => setRefusing(undefined)} />
      ) : null}
    </section>
  );
}

type RefuseProps = {
  readonly contact: WaitingContact;
  readonly onDone: (contacts: Contacts) => void;
  readonly onClose: () => void;
};

function RefuseDialog({ contact, onDone, onClose }: RefuseProps) {
  const { session } = useWorkspace();
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  return (
    <FormDialog
      title={t('contact.refuseTitle', { organisation: contact.serverName })}
      description={t('contact.refuseText')}
      confirm={t('contact.refuse')}
      failed={(why) => why}
      check={() => {
        setMissing(reason.trim() === '');
        return reason.trim() !== '';
      }}
      onSubmit={async () => {
        onDone(await decideContact(session.accessToken, contact, 'refused', reason.trim()));
        onClose();
      }}
      onClose={onClose}
    >
      <TextAreaField
        label={t('contact.reason')}
        value={reason}
        maxLength={500}
        error={missing ? t('contact.reasonMissing') : undefined}
        onChange={(event) => setReason(event.target.value)}
      />
    </FormDialog>
  );
}
