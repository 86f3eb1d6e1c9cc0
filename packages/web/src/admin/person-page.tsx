import { Download } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { CheckRow } from '../controls/check-row.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { describeProblem, errorCode } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { BackLink } from './back-link.tsx';
import { EndAccount } from './end-account.tsx';
import {
  changePerson,
  exportPerson,
  fetchPerson,
  type MadeLink,
  makePasswordLink,
  type Person,
} from './people-api.ts';
import { PersonSessions } from './person-sessions.tsx';
import { saveBlob } from './save-blob.ts';
import { Loading } from './settings-page.tsx';
import { ShownLink } from './shown-link.tsx';
import { useAnswer } from './use-answer.ts';
import { useRoles } from './use-roles.ts';

/** How often it is asked whether somebody has left all rooms, while they leave. */
const LEAVING_POLL_MS = 2000;

/** One account: what admins see of it and change. */
export function PersonPage({ userId }: { userId: string }) {
  const ask = useCallback((token: string) => fetchPerson(token, userId), [userId]);
  const { value: person, failure, set, again } = useAnswer(ask);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const leaving = person?.leaving === true;
  useEffect(() => {
    if (!leaving) return;
    const timer = setInterval(again, LEAVING_POLL_MS);
    return () => clearInterval(timer);
  });

  async function change(part: PartOfPerson, work: () => Promise<Person>) {
    setProblem(undefined);
    setBusy(true);
    try {
      set(await work());
    } catch (thrown) {
      setProblem({ part, words: describeProblem(thrown) });
      if (errorCode(thrown) === 'M_CONFLICT') again();
    } finally {
      setBusy(false);
    }
  }

  const shown = { busy, change, problem };
  return (
    <div className="flex flex-col gap-6">
      <BackLink section="people">{t('accounts.all')}</BackLink>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {person ? (
        <>
          <Heading person={person} />
          {person.state === 'active' ? (
            <>
              <RoleSection {...shown} person={person} />
              <EmailSection key={`email ${person.version}`} {...shown} person={person} />
              <PasswordSection person={person} onMade={set} />
              <PersonSessions userId={userId} onEnded={again} />
            </>
          ) : null}
          <ExportSection userId={userId} />
          <EndAccount {...shown} person={person} onChanged={set} />
        </>
      ) : failure ? null : (
        <Loading />
      )}
    </div>
  );
}

export function Part({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-3 border-t border-line pt-4">
      <div>
        <h2 className="font-semibold">{title}</h2>
        {text ? <p className="max-w-[70ch] text-sm text-ink-soft">{text}</p> : null}
      </div>
      {children}
    </section>
  );
}

function Heading({ person }: { person: Person }) {
  const name = person.displayName ?? person.userId;
  return (
    <div className="flex items-center gap-4">
      <Avatar userId={person.userId} name={name} avatar={person.avatar} size={48} />
      <div className="min-w-0">
        <h2 dir="auto" className="text-lg font-semibold [overflow-wrap:anywhere]">
          {name}
        </h2>
        <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">{person.userId}</p>
        <p className="text-sm text-ink-quiet">
          {person.state === 'active' ? null : `${t(`accounts.${person.state}`)} · `}
          {t('accounts.createdOn', { when: formatMoment(person.createdTs) })}
          {person.changed
            ? ` · ${t('admin.changed', { who: person.changed.by, when: formatMoment(person.changed.ts) })}`
            : null}
        </p>
      </div>
    </div>
  );
}

export type SectionProps = {
  readonly person: Person;
  readonly busy: boolean;
  readonly change: (part: PartOfPerson, work: () => Promise<Person>) => Promise<void>;
  readonly problem: Problem | undefined;
};

type PartOfPerson = 'role' | 'email' | 'end';

type Problem = { readonly part: PartOfPerson; readonly words: string };

/** What went wrong, where it was tried. */
export function ProblemOf({ part, problem }: { part: PartOfPerson; problem: Problem | undefined }) {
  return problem?.part === part ? <Notice kind="error">{problem.words}</Notice> : null;
}

function RoleSection({ person, busy, change, problem }: SectionProps) {
  const { session } = useWorkspace();
  const roles = useRoles(person.role);
  const granted = person.granted.includes('access-federation');
  return (
    <Part title={t('accounts.role')} text={t('accounts.roleText')}>
      <ProblemOf part="role" problem={problem} />
      <div className="max-w-[260px]">
        <SelectField
          label={t('accounts.roleOf')}
          value={person.role}
          options={roles}
          disabled={busy}
          onChoose={(role) =>
            void change('role', () => changePerson(session.accessToken, person, '/role', { role }))
          }
        />
      </div>
      <CheckRow
        label={t('accounts.grantFederation')}
        text={
          person.permissions.includes('access-federation') && !granted
            ? t('accounts.heldByRole')
            : t('accounts.grantText')
        }
        checked={granted}
        disabled={busy}
        onChange={(held) =>
          void change('role', () =>
            changePerson(session.accessToken, person, '/permissions/access-federation', { held }),
          )
        }
      />
    </Part>
  );
}

function EmailSection({ person, busy, change, problem }: SectionProps) {
  const { session } = useWorkspace();
  const [address, setAddress] = useState(person.email ?? '');
  const [verified, setVerified] = useState(person.emailVerifiedBy !== undefined);
  const unchanged =
    address.trim() === (person.email ?? '') && verified === (person.emailVerifiedBy !== undefined);
  return (
    <Part title={t('accounts.email')} text={t('accounts.emailText')}>
      <ProblemOf part="email" problem={problem} />
      <form
        noValidate
        className="flex max-w-[420px] flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          const body = address.trim() === '' ? {} : { address: address.trim(), verified };
          void change('email', () => changePerson(session.accessToken, person, '/email', body));
        }}
      >
        <Field
          label={t('accounts.address')}
          type="email"
          value={address}
          autoComplete="off"
          onChange={(event) => {
            setAddress(event.target.value);
            setVerified(false);
          }}
        />
        <CheckRow
          label={t('accounts.verified')}
          text={
            person.emailVerifiedBy === undefined
              ? undefined
              : t('accounts.verifiedBy', { who: person.emailVerifiedBy })
          }
          checked={verified}
          disabled={address.trim() === ''}
          onChange={setVerified}
        />
        <Button
          type="submit"
          variant="secondary"
          small
          className="self-start"
          busy={busy}
          disabled={unchanged}
        >
          {t('accounts.saveEmail')}
        </Button>
      </form>
    </Part>
  );
}

function PasswordSection({ person, onMade }: { person: Person; onMade: (person: Person) => void }) {
  const { session } = useWorkspace();
  const [link, setLink] = useState<MadeLink>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');

  async function make() {
    setBusy(true);
    setFailure('');
    try {
      const made = await makePasswordLink(session.accessToken, person.userId);
      setLink(made.link);
      onMade(made.person);
    } catch (problem) {
      setFailure(describeProblem(problem));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Part
      title={t('accounts.passwordTitle')}
      text={person.hasPassword ? t('accounts.passwordText') : t('accounts.noPassword')}
    >
      {link ? <ShownLink label={t('accounts.passwordLink')} link={link} /> : null}
      {!link && person.passwordLinkExpiresTs !== undefined ? (
        <p className="text-sm text-ink-soft">
          {t('accounts.openLink', { when: formatMoment(person.passwordLinkExpiresTs) })}
        </p>
      ) : null}
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      <Button variant="secondary" small className="self-start" busy={busy} onClick={() => void make()}>
        {t('accounts.makePasswordLink')}
      </Button>
    </Part>
  );
}

function ExportSection({ userId }: { userId: string }) {
  const { session } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');

  async function save() {
    setBusy(true);
    setFailure('');
    try {
      const name = userId.slice(1, userId.indexOf(':')).replaceAll(/[^a-z0-9._-]/g, '_');
      saveBlob(await exportPerson(session.accessToken, userId), `${name}.tar.gz`);
    } catch (problem) {
      setFailure(describeProblem(problem));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Part title={t('accounts.export')} text={t('accounts.exportText')}>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      <Button
        variant="secondary"
        small
        className="self-start"
        busy={busy}
        icon={<Download className="size-4" aria-hidden />}
        onClick={() => void save()}
      >
        {t('accounts.download')}
      </Button>
    </Part>
  );
}
