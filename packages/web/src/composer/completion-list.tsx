import { AtSign, SquareSlash } from 'lucide-react';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { OrganisationBadge } from '../people/organisation-badge.tsx';
import { useWorkspace } from '../session/workspace-session.ts';
import type { Candidate } from './completion.ts';

type CompletionListProps = {
  id: string;
  candidates: readonly Candidate[];
  active: number;
  onActive: (index: number) => void;
  onPick: (candidate: Candidate) => void;
};

export const optionId = (listId: string, index: number): string => `${listId}-${index}`;

/** What the word that is being written may become, over the composer. */
export function CompletionList({ id, candidates, active, onActive, onPick }: CompletionListProps) {
  return (
    <div
      id={id}
      role="listbox"
      aria-label={t('mention.list')}
      className="absolute inset-x-3 bottom-full z-20 mb-1.5 max-h-[300px] overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-float pane:inset-x-5 pane:max-w-[520px]"
    >
      {candidates.map((candidate, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled on the text field.
        <div
          key={candidate.key}
          id={optionId(id, index)}
          ref={(element) => {
            if (index === active) element?.scrollIntoView({ block: 'nearest' });
          }}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          // The text field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(candidate)}
          onPointerMove={() => onActive(index)}
          className="flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 aria-selected:bg-selected"
        >
          <Option candidate={candidate} />
        </div>
      ))}
    </div>
  );
}

function Option({ candidate }: { candidate: Candidate }) {
  const { serverName } = useWorkspace();
  if (candidate.kind === 'person') {
    const { person } = candidate;
    return (
      <>
        <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
        <span className="flex min-w-0 flex-1 items-baseline gap-2">
          <span className="truncate font-medium">{person.name}</span>
          <span className="truncate text-xs text-ink-soft">{person.userId}</span>
        </span>
        {person.organisation === serverName ? null : <OrganisationBadge name={person.organisation} />}
      </>
    );
  }
  const command = candidate.kind === 'command' ? candidate.command : undefined;
  const Icon = command ? SquareSlash : AtSign;
  return (
    <>
      <Icon className="mx-1 size-5 shrink-0 text-ink-soft" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="font-medium">{command ? `/${command.name}` : '@room'}</span>{' '}
        {command?.argument ? <span className="text-ink-soft">{t(command.argument)}</span> : null}
        <span className="block text-xs text-ink-soft">
          {candidate.kind === 'everybody' ? candidate.hint : command ? t(command.says) : ''}
        </span>
      </span>
    </>
  );
}
