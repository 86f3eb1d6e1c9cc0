import { UserPlus } from 'lucide-react';
import { useCallback, useDeferredValue, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { formatRoute } from '../frame/route.ts';
import { formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { NewAccountDialog } from './new-account-dialog.tsx';
import { fetchPeople, type ListedPerson, type PersonState } from './people-api.ts';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

/** Everybody with an account here; a row opens the person. */
export function PeoplePage() {
  const { session } = useWorkspace();
  const [typed, setTyped] = useState('');
  const [state, setState] = useState<PersonState | ''>('');
  const [making, setMaking] = useState(false);
  const [problem, setProblem] = useState('');
  const search = useDeferredValue(typed.trim());
  const ask = useCallback((token: string) => fetchPeople(token, { search, state }), [search, state]);
  const { value, failure, set, again } = useAnswer(ask);

  async function more() {
    if (value?.after === undefined) return;
    setProblem('');
    try {
      const next = await fetchPeople(session.accessToken, { search, state }, value.after);
      set({ ...next, people: [...value.people, ...next.people] });
    } catch (thrown) {
      setProblem(describeProblem(thrown));
    }
  }

  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-[220px] flex-1">
          <Field
            label={t('accounts.search')}
            type="search"
            value={typed}
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <SelectField
          label={t('accounts.state')}
          value={state}
          options={[
            { value: '', label: t('accounts.anyState') },
            { value: 'active', label: t('accounts.active') },
            { value: 'deactivated', label: t('accounts.deactivated') },
            { value: 'erased', label: t('accounts.erased') },
          ]}
          onChoose={setState}
        />
        <Button icon={<UserPlus className="size-4" aria-hidden />} onClick={() => setMaking(true)}>
          {t('accounts.new')}
        </Button>
      </div>
      {problem || failure ? <Notice kind="error">{problem || failure}</Notice> : null}
      {value ? (
        <>
          <p role="status" className="text-sm text-ink-quiet">
            {t('admin.people', { count: value.total })}
          </p>
          <ul aria-label={t('accounts.title')} className="flex flex-col">
            {value.people.map((person) => (
              <PersonRow key={person.userId} person={person} />
            ))}
          </ul>
        </>
      ) : (
        <Loading />
      )}
      {value?.after === undefined ? null : (
        <Button variant="secondary" small className="self-start" onClick={() => void more()}>
          {t('accounts.more')}
        </Button>
      )}
      {making ? <NewAccountDialog onMade={again} onClose={() => setMaking(false)} /> : null}
    </div>
  );
}

function PersonRow({ person }: { person: ListedPerson }) {
  const name = person.displayName ?? person.userId;
  return (
    <li className="border-t border-line">
      <a
        href={formatRoute({ screen: 'admin', section: 'people', about: person.userId })}
        className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded-lg px-2 py-2.5 hover:bg-hover focus-visible:outline-2 focus-visible:outline-accent"
      >
        <Avatar userId={person.userId} name={name} avatar={person.avatar} size={36} />
        <span className="min-w-[180px] flex-1">
          <span dir="auto" className="block font-medium [overflow-wrap:anywhere]">
            {name}
          </span>
          <span className="block text-sm text-ink-soft [overflow-wrap:anywhere]">{person.userId}</span>
        </span>
        <span className="w-[110px]">
          {person.state === 'active' ? (
            person.role
          ) : (
            <span className="text-ink-quiet">{t(`accounts.${person.state}`)}</span>
          )}
        </span>
        <span className="w-[190px] text-sm text-ink-soft tabular-nums">
          {person.lastSeenTs === undefined
            ? t('accounts.neverSeen')
            : t('accounts.seen', { when: formatSince(person.lastSeenTs) })}
          <span className="block text-ink-quiet">
            {t('accounts.sessionCount', { count: person.sessions })}
          </span>
        </span>
      </a>
    </li>
  );
}
