import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import {
  fetchInvitationLinks,
  type InvitationLink,
  type InvitationLinks,
  makeInvitationLink,
  withdrawInvitationLink,
} from './people-api.ts';
import { Loading } from './settings-page.tsx';
import { ShownLink } from './shown-link.tsx';
import { useAnswer } from './use-answer.ts';
import { useRoles } from './use-roles.ts';

const HOURS = { day: 24, week: 7 * 24, month: 30 * 24 } as const;

/** Links that lead to a sign-up page. */
export function InvitationLinksPage() {
  const { session } = useWorkspace();
  const { value, failure, set, again } = useAnswer(fetchInvitationLinks);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  async function change(work: () => Promise<InvitationLinks>) {
    setBusy(true);
    setProblem('');
    try {
      set(await work());
    } catch (thrown) {
      setProblem(describeProblem(thrown));
      again();
    } finally {
      setBusy(false);
    }
  }

  const wrong = problem || failure;
  return (
    <div className="flex flex-col gap-5">
      <p className="max-w-[70ch] text-ink-soft">{t('links.text')}</p>
      <NewLink
        busy={busy}
        onMake={(wish) => void change(() => makeInvitationLink(session.accessToken, wish))}
      />
      {wrong ? <Notice kind="error">{wrong}</Notice> : null}
      {value?.made ? <ShownLink label={t('links.made')} link={value.made} /> : null}
      {value ? (
        <ul aria-label={t('links.title')} className="flex flex-col">
          {value.links.map((link) => (
            <LinkRow
              key={link.linkId}
              link={link}
              busy={busy}
              onWithdraw={() => void change(() => withdrawInvitationLink(session.accessToken, link.linkId))}
            />
          ))}
        </ul>
      ) : (
        <Loading />
      )}
      {value?.links.length === 0 ? <p className="text-ink-soft">{t('links.none')}</p> : null}
    </div>
  );
}

type Wish = Parameters<typeof makeInvitationLink>[1];

function NewLink({ busy, onMake }: { busy: boolean; onMake: (wish: Wish) => void }) {
  const [role, setRole] = useState('user');
  const [uses, setUses] = useState('1');
  const [time, setTime] = useState<keyof typeof HOURS>('week');
  const [note, setNote] = useState('');
  const roles = useRoles(role, 'admin');

  function submit(event: FormEvent) {
    event.preventDefault();
    onMake({ role, uses: Number(uses), hours: HOURS[time], note: note.trim() });
    setNote('');
  }

  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-end gap-3">
      <div className="min-w-[200px] flex-1">
        <Field
          label={t('links.note')}
          value={note}
          autoComplete="off"
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      <SelectField label={t('accounts.role')} value={role} options={roles} onChoose={setRole} />
      <div className="w-24">
        <Field
          label={t('links.uses')}
          inputMode="numeric"
          value={uses}
          autoComplete="off"
          onChange={(event) => setUses(event.target.value)}
        />
      </div>
      <SelectField
        label={t('links.time')}
        value={time}
        options={[
          { value: 'day', label: t('links.day') },
          { value: 'week', label: t('links.week') },
          { value: 'month', label: t('links.month') },
        ]}
        onChoose={setTime}
      />
      <Button type="submit" busy={busy}>
        {t('links.make')}
      </Button>
    </form>
  );
}

type LinkRowProps = {
  readonly link: InvitationLink;
  readonly busy: boolean;
  readonly onWithdraw: () => void;
};

function LinkRow({ link, busy, onWithdraw }: LinkRowProps) {
  const name = link.note ?? link.linkId;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line py-2.5">
      <span className="min-w-[200px] flex-1">
        <span dir="auto" className="block font-medium [overflow-wrap:anywhere]">
          {name}
        </span>
        <span className="block text-sm text-ink-soft">
          {t('links.byAs', { who: link.createdBy, role: link.role })}
        </span>
      </span>
      <span className="w-[230px] text-sm text-ink-soft">
        {link.state === 'open'
          ? t('links.openUntil', { when: formatMoment(link.expiresTs) })
          : t(`links.${link.state}`)}
        <span className="block text-ink-quiet">
          {t('links.usedOf', { used: link.used, uses: link.uses })}
        </span>
      </span>
      {link.state === 'open' ? (
        <Button
          variant="secondary"
          small
          disabled={busy}
          aria-label={t('links.withdrawOf', { name })}
          onClick={onWithdraw}
        >
          {t('links.withdraw')}
        </Button>
      ) : null}
    </li>
  );
}
