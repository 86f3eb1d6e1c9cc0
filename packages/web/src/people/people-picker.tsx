import { CircleAlert, LoaderCircle } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { INPUT_STYLE } from '../controls/field.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { Avatar } from './avatar.tsx';
import { ImitationMark } from './imitation-mark.tsx';
import { OrganisationBadge } from './organisation-badge.tsx';
import { isUserId } from './organisation.ts';
import { usePeopleSearch } from './people-search.ts';
import type { Person } from './person.ts';
import type { TypedPerson } from './typed-person.ts';

type PeoplePickerProps = {
  label: string;
  hint: string;
  typed: TypedPerson;
  onPick: (person: Person) => void;
  /** Why this person cannot be picked. */
  refusalOf: (person: Person) => string | undefined;
  disabled?: boolean;
};

/** Search for people; a list of who was found below it. */
export function PeoplePicker({ label, hint, typed, onPick, refusalOf, disabled }: PeoplePickerProps) {
  const { serverName } = useWorkspace();
  const query = typed.text;
  const [active, setActive] = useState(0);
  const { people, searching, failed } = usePeopleSearch(query);
  const id = useId();
  const shown = searching && people.length === 0 ? [] : people;

  function pick(person: Person | undefined) {
    if (!person || refusalOf(person)) return;
    typed.type('');
    setActive(0);
    onPick(person);
  }

  /** A whole ID does not wait for the search. */
  function pickTyped() {
    const known = shown.find(({ userId }) => userId === query.trim());
    if (known) return pick(known);
    const person = typed.take();
    if (person !== 'nothing' && person !== 'fault') onPick(person);
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive((at) => Math.max(0, Math.min(shown.length - 1, at + step)));
    } else if (event.key === 'Enter' && query.trim()) {
      event.preventDefault();
      if (active === 0 && isUserId(query.trim())) pickTyped();
      else if (!searching) pick(shown[active]);
    }
  }

  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          autoFocus
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={shown[active] ? `${id}-${active}` : undefined}
          aria-describedby={typed.fault ? `${id}-hint ${id}-fault` : `${id}-hint`}
          aria-invalid={typed.fault ? true : undefined}
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          disabled={disabled}
          placeholder={t('people.placeholder', { server: serverName })}
          value={query}
          onChange={(event) => {
            typed.type(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          className={`h-10 ${INPUT_STYLE}`}
        />
        {searching ? (
          <LoaderCircle className="spin absolute end-3 top-3 size-4 text-ink-quiet" aria-hidden />
        ) : null}
      </div>
      <p id={`${id}-hint`} className="text-sm text-ink-quiet">
        {hint}
      </p>
      {typed.fault ? (
        <p id={`${id}-fault`} role="alert" className="flex items-start gap-1.5 text-sm text-danger">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          {typed.fault}
        </p>
      ) : null}
      <div id={`${id}-list`} role="listbox" aria-label={t('people.found')} className="flex flex-col">
        {shown.map((person, index) => {
          const refusal = refusalOf(person);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled on the input.
            <div
              key={person.userId}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              aria-disabled={refusal !== undefined}
              onClick={() => pick(person)}
              onPointerMove={() => setActive(index)}
              className="flex cursor-pointer items-center gap-3 rounded-lg px-3 py-2 aria-disabled:cursor-default aria-selected:bg-selected"
            >
              <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{person.name}</span>
                <span className="block truncate text-xs text-ink-soft">{person.userId}</span>
                <ImitationMark withText name={person.name} userId={person.userId} />
                {refusal ? <span className="block text-xs text-ink-soft">{refusal}</span> : null}
              </span>
              {person.organisation === serverName ? null : <OrganisationBadge name={person.organisation} />}
            </div>
          );
        })}
      </div>
      {query.trim() && !searching && shown.length === 0 && !typed.fault ? (
        <p className="py-2 text-ink-soft">{failed ? t('people.searchFailed') : t('people.nobody')}</p>
      ) : null}
    </div>
  );
}
